//! What an import accepts, refuses, recognises and reports.

use crate::kit::{HEADER, csv, import, now, number, open, query, registered};
use nhs::OdsCode;
use pds::{Kind, MatchPolicy, PdsError, RefusalReason, Trace};
use tempfile::tempdir;

fn refused(report: &pds::ImportReport) -> Vec<(u64, RefusalReason)> {
    report
        .refused_rows
        .iter()
        .map(|row| (row.line, row.reason))
        .collect()
}

const GARTON: &str = "9693632109,GARTON,Bill,1946-06-23,A20047,2005-03-05,,,U,,";

#[test]
fn rows_are_refused_by_line_and_reason_never_by_content() {
    let rows = csv(&[
        GARTON,
        "9000000015,SMITH,Jane,2010-10-22,A20047,,,,U,,",
        "0000000000,ZERO,,2010-10-22,A20047,,,,U,,",
        "9999999999,NINE,,2010-10-22,A20047,,,,U,,",
        "9693632109,OTHER,Ann,1950-01-01,H81109,,,,U,,",
        "9733162043,KILLEN,Dean,1955-05-27,A2-047,,,,U,,",
        "9733162043,KILLEN,Dean,1955-05-27,A20047,1957-13-13,,,U,,",
        "9733162043,KILLEN,Dean,1955-05-27,A20047,,,,X,,",
        "9733162043,KILLEN,Dean,1955-05-27,A20047,,,,U,123,",
        "9733162043,KILLEN,Dean,1955-05-27,A20047,,,,U,9733162043,",
        "\"9733162043\",\"KIL\u{7}LEN\",Dean,1955-05-27,A20047,,,,U,,",
    ]);
    let directory = tempdir().unwrap();
    let report = import(directory.path(), &rows);
    assert_eq!(
        (report.kind, report.accepted, report.refused),
        (Kind::Patients, 1, 10)
    );
    assert_eq!(
        refused(&report),
        [
            (3, RefusalReason::NhsNumber),
            (4, RefusalReason::NhsNumber),
            (5, RefusalReason::NhsNumber),
            (6, RefusalReason::DuplicateNumber),
            (7, RefusalReason::PracticeCode),
            (8, RefusalReason::Date),
            (9, RefusalReason::Sensitivity),
            (10, RefusalReason::SupersededBy),
            (11, RefusalReason::SupersededCycle),
            (12, RefusalReason::FamilyName),
        ]
    );
    let written = serde_json::to_string(&report).unwrap() + &format!("{report:?}");
    for secret in ["GARTON", "KILLEN", "9693632109", "1946-06-23", "OTHER"] {
        assert!(!written.contains(secret), "{secret}");
    }
    let registry = open(directory.path(), MatchPolicy::default());
    let garton = query("9693632109", "23061946", "Garton");
    assert_eq!(
        registry.lookup(&garton).unwrap(),
        registered("A20047"),
        "the first row counts"
    );
}

#[test]
fn lines_are_counted_alike_however_they_end() {
    let rows = csv(&[
        GARTON,
        "9693632108,A,B,1946-06-23,A20047,,,,U,,",
        "",
        "no,A,B,,A20047,,,,U,,",
    ]);
    for text in [
        rows.clone(),
        rows.trim_end().to_owned(),
        rows.replace('\n', "\r\n"),
        rows.replace('\n', "\r"),
        rows.replace(',', ";"),
        rows.replace(',', "\t"),
    ] {
        let directory = tempdir().unwrap();
        let report = import(directory.path(), &text);
        assert_eq!(
            refused(&report),
            [(3, RefusalReason::NhsNumber), (5, RefusalReason::NhsNumber)]
        );
    }
}

#[test]
fn dates_are_read_as_spreadsheets_write_them_and_refused_where_they_are_not_certain() {
    let born = |text: &str| {
        csv(&[
            GARTON,
            &format!("'9733162043,KILLEN,Dean,{text},'A20047,,,,U,,"),
        ])
    };
    for text in [
        "27/05/1955",
        "27-May-1955",
        "1955-05-27 00:00:00",
        "27051955",
        "19550527",
    ] {
        let directory = tempdir().unwrap();
        let report = import(directory.path(), &born(text));
        assert_eq!(refused(&report), [], "{text}");
        let registry = open(directory.path(), MatchPolicy::default());
        let killen = query("9733162043", "27051955", "Killen");
        assert_eq!(
            registry.lookup(&killen).unwrap(),
            registered("A20047"),
            "{text}"
        );
    }
    for (text, reason) in [
        ("05/27/1955", Some(RefusalReason::DateOfBirth)),
        ("27/05/55", Some(RefusalReason::DateOfBirth)),
        ("20236", Some(RefusalReason::DateOfBirth)),
        ("2014051200", Some(RefusalReason::DateOfBirth)),
        ("1955", None),
        ("1955-05", None),
        ("", None),
    ] {
        let directory = tempdir().unwrap();
        let report = import(directory.path(), &born(text));
        let reasons: Vec<_> = refused(&report);
        assert_eq!(
            reasons,
            reason.map(|it| (3, it)).into_iter().collect::<Vec<_>>(),
            "{text}"
        );
    }
}

#[test]
fn fields_that_are_not_utf8_are_refused() {
    let mut bytes = csv(&[GARTON]).into_bytes();
    bytes.extend_from_slice(b"9733162043,K\xFCLLEN,Dean,1955-05-27,A20047,,,,U,,\n");
    let directory = tempdir().unwrap();
    let report = pds::import(directory.path(), bytes.as_slice(), None, now()).unwrap();
    assert_eq!(refused(&report), [(3, RefusalReason::Encoding)]);
}

#[test]
fn numbers_superseded_in_a_circle_are_refused() {
    let row = |from: u64, to: u64| format!("{},,,,,,,,U,{},", number(from), number(to));
    let rows = [
        row(1, 2),
        row(2, 3),
        row(3, 2),
        row(4, 5),
        GARTON.to_owned(),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let directory = tempdir().unwrap();
    let report = import(directory.path(), &csv(&rows));
    let circle = RefusalReason::SupersededCycle;
    assert_eq!(refused(&report), [(3, circle), (4, circle)]);
    let registry = open(directory.path(), MatchPolicy::default());
    let trace = registry
        .lookup(&query(&number(1), "23061946", "Garton"))
        .unwrap();
    assert_eq!(trace, Trace::NotFound);
}

#[test]
fn columns_are_found_by_name_in_any_order_and_case() {
    let directory = tempdir().unwrap();
    let rows = "\u{feff}GP_ODS_CODE, Date_Of_Birth ,extra,family_name,NHS_Number\r\n\
                a20047,1946-06-23,x,\"Garton\",969 363 2109\r\n";
    assert_eq!(import(directory.path(), rows).accepted, 1);
    let registry = open(directory.path(), MatchPolicy::default());
    let garton = query("9693632109", "23061946", "Garton");
    assert_eq!(registry.lookup(&garton).unwrap(), registered("A20047"));
}

const PDS_HEADER: &str = "UNIQUE REFERENCE,REQ_NHS_NUMBER,FAMILY_NAME,GIVEN_NAME,OTHER_GIVEN_NAME,\
    GENDER,DATE_OF_BIRTH,DATE_OF_DEATH,ADDRESS_LINE1,ADDRESS_LINE2,ADDRESS_LINE3,ADDRESS_LINE4,\
    ADDRESS_LINE5,POSTCODE,GP_PRACTICE_CODE,GP_REGISTRATION_DATE,NHAIS_POSTING_ID,AS_AT_DATE,\
    LOCAL_PATIENT_ID,INTERNAL_ID,TELEPHONE_NUMBER,MOBILE_NUMBER,EMAIL_ADDRESS,SENSITIVITY_FLAG,\
    MPS_ID,ERROR/SUCCESS_CODE,MATCHED_NHS_NO,MATCHED_ALGORITHM_INDICATOR,\
    MATCHED_CONFIDENCE_PERCENTAGE\n";

fn traced(asked: &str, family: &str, practice: &str, code: &str, matched: &str) -> String {
    format!(
        "r,{asked},{family},BILL,,1,19460623,,,,,,,,{practice},20050305,,,,,,,,,,{code},{matched},1,100\n"
    )
}

#[test]
fn a_pds_batch_response_is_imported() {
    let old = number(1);
    let file = format!(
        "MPTREQ_20260115120000,SPINE_PDS_MESH_V1,20260115,6\n{PDS_HEADER}{}{}{}{}{}{}",
        traced(&old, "GARTON", "A20047", "90", "9693632109"),
        traced("9693632109", "GARTON", "A20047", "00", "9693632109"),
        traced("9733162043", "", "", "98", "0000000000"),
        traced("9733162043", "", "", "97", "9999999999"),
        traced("9449310610", "KHAMTORN", "", "92", "9449310610"),
        traced("9000000009", "GARTON", "A20047", "00", "0000000000"),
    );
    let directory = tempdir().unwrap();
    let report = import(directory.path(), &file);
    assert_eq!(
        (report.kind, report.accepted, report.refused),
        (Kind::PdsResponse, 2, 4)
    );
    let reasons: Vec<_> = refused(&report)
        .into_iter()
        .map(|(_, reason)| reason)
        .collect();
    let not_traced = RefusalReason::NotTraced;
    assert_eq!(
        reasons,
        [
            not_traced,
            not_traced,
            RefusalReason::Sensitive,
            RefusalReason::NhsNumber
        ]
    );
    let registry = open(directory.path(), MatchPolicy::default());
    let trace = |nhs: &str| registry.lookup(&query(nhs, "23061946", "Garton")).unwrap();
    assert_eq!(trace("9693632109"), registered("A20047"));
    assert!(matches!(
        trace(&old),
        Trace::Registered {
            superseded: true,
            ..
        }
    ));
}

#[test]
fn practices_are_imported_from_both_kinds_of_file() {
    let code = |text| OdsCode::parse(text).unwrap();
    let directory = tempdir().unwrap();
    let own = "ods_code,name,status,open_date,close_date,successor_ods,country\n\
               A20047,OSPREY MEDICAL CENTRE,Active,1990-04-01,,,England\n\
               A81001,CUMBRIA STARLING,Inactive,1990-04-01,2020-03-31,A20047,England\n\
               A20047,AGAIN,Active,,,,\n";
    let report = import(directory.path(), own);
    assert_eq!((report.kind, report.accepted), (Kind::Practices, 2));
    assert_eq!(refused(&report), [(4, RefusalReason::DuplicateNumber)]);
    let registry = open(directory.path(), MatchPolicy::default());
    let starling = registry.practice(&code("A81001")).unwrap();
    assert_eq!(starling.successor, Some(code("A20047")));
    let today = jiff::civil::date(2026, 1, 15);
    assert!(!starling.is_open(today));
    assert!(registry.practice(&code("A20047")).unwrap().is_open(today));

    let epraccur = "\"A81001\",\"THE DENSHAM SURGERY\",\"Y63\",\"QHM\",\"STREET\",\"\",\"TOWN\",\
        \"\",\"\",\"TS18 1HU\",\"19740401\",\"\",\"A\",\"B\",\"16C\",\"20130401\",\"\",\"01642\",\
        \"\",\"\",\"\",\"0\",\"\",\"16C\",\"\",\"4\",\"\"\n";
    let report = import(directory.path(), epraccur);
    assert_eq!(
        (report.kind, report.accepted, report.generation),
        (Kind::Epraccur, 1, 2)
    );
    registry.refresh().unwrap();
    assert_eq!(
        registry.practice(&code("A81001")).unwrap().name,
        "THE DENSHAM SURGERY"
    );
    assert_eq!(registry.practice(&code("A20047")), None);
}

#[test]
fn a_file_of_another_kind_than_said_or_of_none_is_refused() {
    let directory = tempdir().unwrap();
    let attempt = |text: &str, kind| {
        pds::import(directory.path(), text.as_bytes(), kind, now())
            .unwrap_err()
            .code()
    };
    for text in ["", "a,b,c\n1,2,3\n", "<html></html>", "\0\0\0"] {
        assert_eq!(attempt(text, None), "IMPORT_UNKNOWN_FILE", "{text}");
    }
    assert_eq!(
        attempt(&csv(&[GARTON]), Some(Kind::Practices)),
        "IMPORT_UNKNOWN_FILE"
    );
    assert_eq!(
        pds::status(directory.path()).unwrap(),
        pds::Status::default()
    );
}

#[test]
fn a_file_without_one_good_row_leaves_the_registry_as_it_was() {
    let directory = tempdir().unwrap();
    import(directory.path(), &csv(&[GARTON]));
    let before = pds::status(directory.path()).unwrap();
    for rows in [HEADER.to_owned(), csv(&["123,X,,1946-06-23,,,,,,,"])] {
        let error = pds::import(directory.path(), rows.as_bytes(), None, now()).unwrap_err();
        assert_eq!(error.code(), "IMPORT_NOTHING_ACCEPTED");
    }
    assert_eq!(pds::status(directory.path()).unwrap(), before);
    let leftovers: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("partial"))
        .collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

#[test]
fn a_quote_that_is_never_closed_does_not_fill_memory() {
    let mut rows = csv(&[GARTON]);
    rows.push_str("9733162043,\"KILLEN");
    rows.push_str(&"\nx".repeat(2_000_000));
    let directory = tempdir().unwrap();
    let error = pds::import(directory.path(), rows.as_bytes(), None, now()).unwrap_err();
    assert!(
        matches!(error, PdsError::RowTooLong { line: 3, .. }),
        "{error}"
    );
}

#[test]
fn the_report_and_the_status_say_the_same_of_a_file() {
    let directory = tempdir().unwrap();
    let rows = csv(&[GARTON, "9000000015,SMITH,Jane,2010-10-22,A20047,,,,U,,"]);
    let report = import(directory.path(), &rows);
    let sha256 = ring::digest::digest(&ring::digest::SHA256, rows.as_bytes());
    let sha256: String = sha256
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let status = pds::status(directory.path()).unwrap().patients.unwrap();
    assert_eq!(report.sha256, sha256);
    assert_eq!(
        (status.sha256, status.generation),
        (sha256, report.generation)
    );
    assert_eq!((status.rows, status.refused, status.as_of), (1, 1, now()));
    assert!(status.bytes > 0);
}
