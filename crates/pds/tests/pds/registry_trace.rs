//! The acceptance vectors (docs/spec/routing.md §5.4) and the outcome table (§1.6), from the registry.

use crate::kit::{csv, number, query, registered, registered_on, registry, registry_of};
use nhs::{NhsNumber, OdsCode};
use pds::{Deceased, Demographics, MatchPolicy, MatchedOn, Superseded, Trace};

#[test]
fn acceptance_vectors_that_route() {
    let (_directory, registry) = registry(MatchPolicy::default());
    for (nhs, birth, family, practice) in [
        ("9693632109", "23061946", "Garton", "A20047"),
        ("9693632109", "19460623", "GARTON", "A20047"),
        ("9693632109", "23061946", "gartón", "A20047"),
        ("9449305978", "20100409", "ThorneSmith", "H81109"),
        ("9449305978", "20100409", "THORNE-SMITH", "H81109"),
        ("9449310327", "19701216", "OMYGOODNESS", "H81109"),
        ("9693633148", "14071960", "Attison", "A20047"),
    ] {
        let trace = registry.lookup(&query(nhs, birth, family)).unwrap();
        assert_eq!(trace, registered(practice), "{nhs} {birth} {family}");
    }
}

#[test]
fn acceptance_vectors_that_do_not_route() {
    let (_directory, registry) = registry(MatchPolicy::default());
    for (nhs, birth, family, expected) in [
        ("9111231130", "01011970", "Nobody", Trace::NotFound),
        ("9693632109", "24061946", "Garton", Trace::Mismatch),
        ("9732110317", "21061936", "Sanderson", Trace::NoPractice),
        ("9000000009", "22102010", "Smith", Trace::NoPractice),
        ("9000000033", "22102010", "Smith", Trace::Mismatch),
        ("9449310378", "01011950", "Invalid", Trace::NotFound),
    ] {
        assert_eq!(
            registry.lookup(&query(nhs, birth, family)).unwrap(),
            expected,
            "{nhs}"
        );
    }
    assert!(
        NhsNumber::parse("9000000000").is_err(),
        "EPL-152 is decided before any trace"
    );
}

#[test]
fn a_previous_name_matches_when_the_policy_says_so() {
    let killen = query("9732110317", "21061936", "Killen");
    let (_on, registry_on) = registry(MatchPolicy::default());
    assert_eq!(registry_on.lookup(&killen).unwrap(), Trace::NoPractice);
    let (_off, registry_off) = registry(MatchPolicy {
        previous_names: false,
        ..MatchPolicy::default()
    });
    assert_eq!(registry_off.lookup(&killen).unwrap(), Trace::Mismatch);
}

#[test]
fn what_matched_is_told() {
    let row = "9693632109,GARTON-WELLS,Bill,1946-06-23,A20047,,,,U,,Garton|Hill";
    let policy = MatchPolicy {
        name_components: true,
        ..MatchPolicy::default()
    };
    let (_directory, registry) = registry_of(&csv(&[row]), policy);
    let trace = |name| {
        registry
            .lookup(&query("9693632109", "23061946", name))
            .unwrap()
    };
    assert_eq!(trace("Garton-Wells"), registered("A20047"));
    assert_eq!(
        trace("Hill"),
        registered_on("A20047", MatchedOn::PreviousName)
    );
    assert_eq!(
        trace("Garton"),
        registered_on("A20047", MatchedOn::PreviousName)
    );
    assert_eq!(
        trace("Wells"),
        registered_on("A20047", MatchedOn::NameComponent)
    );
    assert_eq!(trace("Well"), Trace::Mismatch);
}

#[test]
fn a_component_of_a_double_barrelled_name_does_not_match_by_default() {
    let (_directory, registry) = registry(MatchPolicy::default());
    let smith = query("9449305978", "20100409", "Smith");
    assert_eq!(registry.lookup(&smith).unwrap(), Trace::Mismatch);
}

#[test]
fn an_ended_registration_counts_only_when_accepted() {
    let (_directory, registry) = registry(MatchPolicy {
        accept_ended_gp: true,
        ..MatchPolicy::default()
    });
    let jane = query("9000000009", "22102010", "Smith");
    assert_eq!(registry.lookup(&jane).unwrap(), registered("Y12345"));
}

#[test]
fn a_registration_counts_from_its_first_to_its_last_day() {
    for (start, end, counts) in [
        ("2026-01-15", "", true),
        ("2026-01-16", "", false),
        ("", "2026-01-15", true),
        ("", "2026-01-14", false),
        ("2026-01-15", "2026-01-15", true),
    ] {
        let row = format!("9693632109,GARTON,Bill,1946-06-23,A20047,{start},{end},,U,,");
        let (_directory, registry) = registry_of(&csv(&[&row]), MatchPolicy::default());
        let expected = if counts {
            registered("A20047")
        } else {
            Trace::NoPractice
        };
        let trace = registry
            .lookup(&query("9693632109", "23061946", "Garton"))
            .unwrap();
        assert_eq!(trace, expected, "{start} to {end}");
    }
}

#[test]
fn restricted_patients_route_from_the_file_and_are_marked() {
    let (_directory, registry) = registry(MatchPolicy::default());
    let trace = registry
        .lookup(&query("9449310610", "10032001", "Khamtorn"))
        .unwrap();
    let practice = OdsCode::parse("H81109").unwrap();
    let expected = Trace::Registered {
        practice,
        matched_on: MatchedOn::UsualName,
        superseded: false,
        restricted: true,
    };
    assert_eq!(trace, expected);
}

#[test]
fn letters_after_death_route_unless_rejected() {
    let tunney = query("9733163201", "03021940", "Tunney");
    let (_route, routing) = registry(MatchPolicy::default());
    assert_eq!(routing.lookup(&tunney).unwrap(), registered("A20047"));
    let (_reject, rejecting) = registry(MatchPolicy {
        deceased: Deceased::Reject,
        ..MatchPolicy::default()
    });
    assert_eq!(rejecting.lookup(&tunney).unwrap(), Trace::NoPractice);
}

/// Numbers 1 to `hops` each superseded by the next, the last one GARTON's own.
fn chain_of(hops: u64) -> String {
    let mut rows = vec![format!(
        "{},GARTON,Bill,1946-06-23,A20047,,,,U,,",
        number(hops + 1)
    )];
    for index in 1..=hops {
        rows.push(format!("{},,,,,,,,U,{},", number(index), number(index + 1)));
    }
    csv(&rows.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_superseded_number_is_followed_over_at_most_five_replacements() {
    for hops in 1..=6 {
        let (_directory, registry) = registry_of(&chain_of(hops), MatchPolicy::default());
        let trace = registry
            .lookup(&query(&number(1), "23061946", "Garton"))
            .unwrap();
        if hops <= 5 {
            assert!(
                matches!(
                    trace,
                    Trace::Registered {
                        superseded: true,
                        ..
                    }
                ),
                "{hops}"
            );
        } else {
            assert_eq!(trace, Trace::NotFound);
        }
    }
}

#[test]
fn a_superseded_number_is_compared_with_the_surviving_record() {
    let rows = [
        format!(
            "{},OLDNAME,Bill,1901-01-01,H81109,,,,U,9693632109,",
            number(1)
        ),
        "9693632109,GARTON,Bill,1946-06-23,A20047,,,,U,,".to_owned(),
    ];
    let rows = csv(&[&rows[0], &rows[1]]);
    let (_follow, following) = registry_of(&rows, MatchPolicy::default());
    let of = |birth, name| query(&number(1), birth, name);
    assert_eq!(
        following.lookup(&of("01011901", "Oldname")).unwrap(),
        Trace::Mismatch
    );
    let followed = following.lookup(&of("23061946", "Garton")).unwrap();
    assert!(matches!(
        followed,
        Trace::Registered {
            superseded: true,
            ..
        }
    ));
    let policy = MatchPolicy {
        superseded: Superseded::Reject,
        ..MatchPolicy::default()
    };
    let (_reject, rejecting) = registry_of(&rows, policy);
    assert_eq!(
        rejecting.lookup(&of("23061946", "Garton")).unwrap(),
        Trace::NotFound
    );
}

#[test]
fn a_number_superseded_by_an_unknown_one_is_not_found() {
    let row = format!(
        "{},GARTON,Bill,1946-06-23,A20047,,,,U,{},",
        number(1),
        number(2)
    );
    let (_directory, registry) = registry_of(&csv(&[&row]), MatchPolicy::default());
    let trace = registry
        .lookup(&query(&number(1), "23061946", "Garton"))
        .unwrap();
    assert_eq!(trace, Trace::NotFound);
}

#[test]
fn a_partial_date_of_birth_never_matches() {
    for birth in ["1946", "1946-06"] {
        let row = format!("9693632109,GARTON,Bill,{birth},A20047,,,,U,,");
        let (_directory, registry) = registry_of(&csv(&[&row]), MatchPolicy::default());
        for asked in ["01011946", "01061946", "23061946"] {
            let trace = registry
                .lookup(&query("9693632109", asked, "Garton"))
                .unwrap();
            assert_eq!(trace, Trace::Mismatch, "{birth} {asked}");
        }
    }
}

#[tokio::test]
async fn the_trait_and_the_lookup_answer_alike() {
    let (_directory, registry) = registry(MatchPolicy::default());
    let garton = query("9693632109", "23061946", "Garton");
    assert_eq!(
        registry.trace(&garton).await.unwrap(),
        registry.lookup(&garton).unwrap()
    );
}
