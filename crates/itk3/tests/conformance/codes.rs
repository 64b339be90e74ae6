//! The 49 response codes and the retired one.

use fhir::{Limits, xml};
use itk3::{Class, IssueSeverity, ReceivedCode, ResponseCode};
use test_kit::shared_files as published;

#[test]
fn there_are_49_codes_and_one_retired() {
    assert_eq!(ResponseCode::ALL.len(), 50);
    let retired = ResponseCode::ALL
        .iter()
        .filter(|code| code.class() == Class::Retired)
        .count();
    assert_eq!(retired, 1);
    for code in ResponseCode::ALL {
        assert_eq!(ResponseCode::parse(code.code()), Some(*code));
        assert_eq!(code.to_string().parse::<ResponseCode>().unwrap(), *code);
        assert_eq!(*code as u16, code.code().parse::<u16>().unwrap());
        assert_eq!(ReceivedCode::parse(code.code()), ReceivedCode::Known(*code));
        assert!(!code.issue_types().is_empty());
    }
}

#[test]
fn displays_are_those_of_the_published_code_system_byte_for_byte() {
    let published: Vec<_> = published("itk3/terminology", "xml")
        .into_iter()
        .filter(|(name, _)| name == "CodeSystem-ITK-ResponseCodes-1.xml")
        .collect();
    for (_, bytes) in published {
        let system = xml::read(&bytes, &Limits::default()).unwrap().root;
        let listed: Vec<_> = system.all("concept").collect();
        assert_eq!(listed.len(), 49);
        for concept in listed {
            let code = ResponseCode::parse(concept.value_at("code").unwrap()).unwrap();
            assert_eq!(concept.value_at("display"), Some(code.display()), "{code}");
        }
    }
}

#[test]
fn mappings_are_those_of_the_published_table() {
    let tables = published("send-document", "tsv");
    for (_, bytes) in tables
        .iter()
        .filter(|(name, _)| name == "itk3-response-mapping.tsv")
    {
        let text = std::str::from_utf8(bytes).unwrap();
        for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
            let column: Vec<_> = line.split('\t').collect();
            let code = ResponseCode::parse(column[0]).unwrap();
            let class = if column[1] == "inf" {
                Class::Infrastructure
            } else {
                Class::Business
            };
            assert_eq!(code.class(), class, "{code}");
            assert_eq!(code.header_code(), column[3], "{code}");
            assert_eq!(code.severity().code(), column[4], "{code}");
            let types: Vec<_> = code.issue_types().iter().map(|kind| kind.code()).collect();
            assert_eq!(types.join("|"), column[5], "{code}");
        }
    }
}

#[test]
fn an_issue_type_that_the_code_does_not_have_becomes_its_default() {
    use itk3::IssueType::{BusinessRule, Duplicate, Invalid, Required};
    assert_eq!(
        ResponseCode::HeaderInvalid.issue_type(Some(Required)),
        Required
    );
    assert_eq!(
        ResponseCode::HeaderInvalid.issue_type(Some(BusinessRule)),
        Invalid
    );
    assert_eq!(ResponseCode::DuplicateMessage.issue_type(None), Duplicate);
}

#[test]
fn codes_of_the_older_system_keep_their_meaning() {
    for (old, new) in [
        ("51001", "20013"),
        ("41002", "30002"),
        ("51013", "10009"),
        ("RC999", "10008"),
    ] {
        let code = ReceivedCode::parse(old);
        assert_eq!(code.code(), old);
        assert_eq!(code.meaning().unwrap().code(), new);
    }
    assert!(ReceivedCode::parse("41001").is_positive());
    assert_eq!(ReceivedCode::parse("41001").class(), Class::Business);
    assert_eq!(ReceivedCode::parse("51005").class(), Class::Infrastructure);
}

#[test]
fn an_unknown_code_is_no_good_news() {
    let code = ReceivedCode::parse("39999");
    assert!(!code.is_positive());
    assert_eq!(code.class(), Class::Business);
    assert_eq!(code.meaning(), None);
    assert_eq!(ReceivedCode::parse(&"9".repeat(5_000)).code().len(), 64);
}

#[test]
fn deceased_patients_are_known_patients() {
    assert_eq!(
        ResponseCode::PatientRecentlyDeceased.severity(),
        IssueSeverity::Information
    );
    assert!(
        ResponseCode::PatientRecentlyDeceased
            .display()
            .contains('’')
    );
}
