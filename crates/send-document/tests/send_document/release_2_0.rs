//! Where release 2.0.2 differs: what 1.3 refuses and 2.0 takes with a warning, and what is new.

use crate::common::{Broken, built, consultation, findings, ids, parse, second_version};
use send_document::{Enforced, Finding, Ruleset, Severity, check, requirements, response_for};

fn without_profile(name: &str) -> Broken {
    let ours = format!("StructureDefinition/CareConnect-{name}-1");
    let other = format!("StructureDefinition/CareConnect-GPC-{name}-1");
    Broken::good().replace(&ours, &other)
}

/// A message that breaks only this rule.
fn broken(id: &str) -> Broken {
    let good = Broken::good;
    match id {
        "GPCM-SD-031" => good().within("Organization", 1, |part| {
            part.replace("value=\"phone\"", "value=\"email\"")
        }),
        "GPCM-SD-032" => good().within("Practitioner", 0, |part| {
            part.replace("Id/sds-user-id", "Id/local-practitioner-identifier")
        }),
        "GPCM-SD-033" => good().within("Practitioner", 0, |part| {
            part.replace("value=\"official\"", "value=\"usual\"")
        }),
        "GPCM-SD-042" => good().replace("846ebe66-5ff8-4499-bc57-a112d3d0daa3", "None"),
        "GPCM-SD-105" => without_profile("Organization"),
        "GPCM-SD-107" => without_profile("Practitioner"),
        "GPCM-SD-108" => good().within("Patient", 0, |part| part.cut("<meta>", "</meta>")),
        "GPCM-SD-109" => good().within("section", 1, |_| Broken(String::new())),
        "GPCM-SD-110" => {
            let custodian = good().0;
            let custodian = custodian.split("<custodian>").nth(1).unwrap();
            let reference = custodian.split("</custodian>").next().unwrap().to_owned();
            let entry = format!("</entry><entry>{reference}</entry></section>");
            good().within("section", 1, |part| {
                part.replace("</entry></section>", &entry)
            })
        }
        "GPCM-SD-112" => good().within("Binary", 0, |part| part.replace("JVBER", "JUBER")),
        "GPCM-SD-116" => good().within("Composition", 0, |part| {
            let part = part.cut("<date ", "/>");
            part.replace("<author>", "<date value=\"2026-03-02\"/><author>")
        }),
        "GPCM-SD-119" => good().within("Composition", 0, |part| {
            part.replace("NHS Number 9693632109", "NHS Number 9000000009")
        }),
        "GPCM-SD-123" => {
            let second = second_version(&consultation(), Ruleset::V1_3);
            Broken::of(&second).cut("<relatesTo>", "</relatesTo>")
        }
        other => panic!("{other} is softened in 2.0 and not tested here"),
    }
}

/// A document of which nothing can be shown is no document.
#[test]
fn without_any_attachment_a_document_is_refused_in_2_0_too() {
    let good = Broken::good().0;
    let (before, _) = good.split_once("<section>").unwrap();
    let (_, behind) = good.rsplit_once("</section>").unwrap();
    let nothing = format!("{before}{behind}");
    let found = findings(nothing.as_bytes(), Ruleset::V2_0);
    let rejection = response_for(&found).unwrap();
    assert_eq!(rejection.code.code(), "20009");
    assert!(rejection.diagnostics.contains("GPCM-SD-112"), "{found:#?}");
}

fn is_softened(row: &send_document::Requirement) -> bool {
    row.enforced == Enforced::Message
        && (row.v1_3, row.v2_0) == (Some(Severity::Error), Some(Severity::Warning))
}

#[test]
fn what_2_0_only_recommends_is_an_error_in_1_3_and_a_warning_in_2_0() {
    let mut count = 0;
    for row in requirements().filter(is_softened) {
        let message = broken(row.id);
        let strict = message.findings();
        assert_eq!(ids(&strict), [row.id], "{strict:#?}");
        assert_eq!(strict[0].severity, Severity::Error, "{}", row.id);
        assert!(response_for(&strict).is_some());
        let lenient = findings(message.0.as_bytes(), Ruleset::V2_0);
        assert_eq!(ids(&lenient), [row.id], "{lenient:#?}");
        assert_eq!(lenient[0].severity, Severity::Warning, "{}", row.id);
        assert_eq!(response_for(&lenient), None);
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

fn both(message: &Broken) -> (Vec<&'static str>, Vec<&'static str>) {
    let of = |ruleset| -> Vec<Finding> { findings(message.0.as_bytes(), ruleset) };
    (ids(&of(Ruleset::V1_3)), ids(&of(Ruleset::V2_0)))
}

#[test]
fn gpcm_sd_039_for_information_is_allowed_in_2_0() {
    let message = Broken::good().replace("<code value=\"FA\"/>", "<code value=\"FI\"/>");
    let (strict, lenient) = both(&message);
    assert_eq!(strict, ["GPCM-SD-039"]);
    assert!(!lenient.contains(&"GPCM-SD-039"), "{lenient:?}");
}

#[test]
fn gpcm_sd_118_any_title_is_allowed_in_2_0() {
    let message = Broken::good().0;
    let changed = message.replace("Consultation report", "Minor injuries report");
    let (strict, lenient) = both(&Broken(changed));
    assert!(strict.contains(&"GPCM-SD-118"), "{strict:?}");
    assert!(!lenient.contains(&"GPCM-SD-118"), "{lenient:?}");
}

#[test]
fn gpcm_sd_117_nothing_is_said_of_confidentiality_in_2_0_unless_it_is_restricted() {
    let code = "<confidentiality value=\"N\"/>";
    let (strict, lenient) = both(&Broken::good().replace(code, ""));
    assert_eq!(strict, ["GPCM-SD-117"]);
    assert!(lenient.is_empty(), "{lenient:?}");
    let restricted = Broken::good().replace(code, "<confidentiality value=\"R\"/>");
    let (_, refused) = both(&restricted);
    assert!(refused.contains(&"GPCM-SD-117"), "{refused:?}");
}

#[test]
fn gpcm_sd_123_a_message_of_2_0_tells_its_version_in_meta_too() {
    let second = second_version(&consultation(), Ruleset::V2_0);
    let document = parse(&second.message);
    assert!(Broken::of(&second).0.contains("<versionId value=\"2\"/>"));
    assert!(check(&document, None, Ruleset::V2_0).is_empty());
}

#[test]
fn gpcm_sd_044_the_local_extension_of_2_0_is_none() {
    let message = built(&consultation(), Ruleset::V2_0);
    let text = Broken::of(&message).0;
    assert!(!text.contains("SendDocument-ConsultationReport"));
    assert!(findings(&message.message, Ruleset::V2_0).is_empty());
}
