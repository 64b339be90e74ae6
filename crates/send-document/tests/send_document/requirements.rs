//! For every rule a message that breaks only that rule, found by its id.

use crate::common::{Broken, PREVIOUS, built, consultation, findings, ids, second_version};
use itk3::ResponseCode;
use send_document::{Finding, Ruleset, Severity, response_for};

/// Exactly this rule is found, once, and answered with this code.
fn only(found: &[Finding], id: &str, code: ResponseCode) {
    assert_eq!(ids(found), [id], "{found:#?}");
    assert_eq!(found[0].severity, Severity::Error);
    let rejection = response_for(found).unwrap();
    assert_eq!(rejection.code, code);
    assert!(rejection.diagnostics.starts_with(id));
    for secret in ["GARTON", "9693632109", "1946", "Marsh"] {
        assert!(
            !format!("{found:?}{rejection:?}").contains(secret),
            "{secret}"
        );
    }
}

fn only_warned(found: &[Finding], id: &str) {
    assert_eq!(ids(found), [id], "{found:#?}");
    assert_eq!(found[0].severity, Severity::Warning);
    assert_eq!(response_for(found), None);
}

const INVALID: ResponseCode = ResponseCode::PayloadInvalid;

#[test]
fn gpcm_sd_039_recipient_type_is_for_action() {
    let broken = Broken::good().replace("<code value=\"FA\"/>", "<code value=\"FI\"/>");
    only(
        &broken.findings(),
        "GPCM-SD-039",
        ResponseCode::RecipientTypeUnreadable,
    );
    assert_eq!(findings(broken.0.as_bytes(), Ruleset::V2_0), []);
}

fn flag(key: &str, value: &str) -> Broken {
    let part = |value: &str| format!("<extension url=\"{key}\"><valueBoolean value=\"{value}\"/>");
    Broken::good().replace(&part("true"), &part(value))
}

#[test]
fn gpcm_sd_040_a_business_acknowledgement_is_asked_for() {
    let found = flag("BusAckRequested", "false").findings();
    only(&found, "GPCM-SD-040", ResponseCode::HandlingBusinessRule);
}

#[test]
fn gpcm_sd_041_an_infrastructure_acknowledgement_is_asked_for() {
    let found = flag("InfAckRequested", "false").findings();
    only(&found, "GPCM-SD-041", ResponseCode::HandlingBusinessRule);
}

#[test]
fn gpcm_sd_042_the_sender_reference_names_the_consultation() {
    let broken = Broken::good().replace("846ebe66-5ff8-4499-bc57-a112d3d0daa3", "None");
    only(
        &broken.findings(),
        "GPCM-SD-042",
        ResponseCode::SenderReferenceUnreadable,
    );
}

const DEFINITION: &str = "MessageDefinition/ITK-GPConnectSendDocument-MessageDefinition-1";

#[test]
fn gpcm_sd_043_the_definition_is_that_of_send_document() {
    let other = "MessageDefinition/ITK-GPConnectUpdateRecord-MessageDefinition-1";
    let found = Broken::good().replace(DEFINITION, other).findings();
    only(
        &found,
        "GPCM-SD-043",
        ResponseCode::MessageDefinitionUnknown,
    );
    let later = "MessageDefinition/ITK-GPConnectSendDocument-MessageDefinition-7";
    let found = Broken::good().replace(DEFINITION, later).findings();
    only(
        &found,
        "GPCM-SD-043",
        ResponseCode::MessageDefinitionVersionUnknown,
    );
    let older = "MessageDefinition/ITK-GPConnectSendDocument-MessageDefinition-Instance-1";
    assert_eq!(Broken::good().replace(DEFINITION, older).findings(), []);
}

#[test]
fn gpcm_sd_044_another_local_extension_is_taken_with_a_warning() {
    let ours = "SendDocument-ConsultationReport";
    only_warned(
        &Broken::good().replace(ours, "Something").findings(),
        "GPCM-SD-044",
    );
    for known in ["SendDocument-ConsultationSummary", "None", "NONE"] {
        assert_eq!(Broken::good().replace(ours, known).findings(), []);
    }
}

#[test]
fn gpcm_sd_045_the_sender_is_an_organisation_of_the_message() {
    let found = Broken::good().cut("<sender>", "</sender>").findings();
    // FHIR wants a sender only where the profile does: one finding.
    only(&found, "GPCM-SD-045", ResponseCode::HeaderInvalid);
}

#[test]
fn gpcm_sd_046_the_source_is_a_mailbox() {
    let mailbox = "<endpoint value=\"A81001OT001\"/>";
    let other = "<endpoint value=\"http://a81001.example/\"/>";
    let found = Broken::good().replace(mailbox, other).findings();
    only(&found, "GPCM-SD-046", ResponseCode::HeaderInvalid);
    let named = "<endpoint value=\"urn:nhs-uk:addressing:ods:A81001\"/>";
    only_warned(
        &Broken::good().replace(mailbox, named).findings(),
        "GPCM-SD-046",
    );
}

#[test]
fn gpcm_sd_047_the_event_is_itk007c() {
    let found = Broken::good().replace("ITK007C", "ITK014M").findings();
    only(&found, "GPCM-SD-047", ResponseCode::HandlingBusinessRule);
}

#[test]
fn gpcm_sd_049_neither_destination_nor_receiver_is_named() {
    let good = Broken::good();
    let sender = good
        .0
        .split("<sender>")
        .nth(1)
        .unwrap()
        .split("</sender>")
        .next()
        .unwrap();
    let receiver = format!("<receiver>{sender}</receiver><sender>");
    let broken = Broken(good.0.replace("<sender>", &receiver));
    only(
        &broken.findings(),
        "GPCM-SD-049",
        ResponseCode::HeaderInvalid,
    );
    assert_eq!(findings(broken.0.as_bytes(), Ruleset::V2_0).len(), 0);
    let destination = "<destination><endpoint value=\"A20047OT001\"/></destination><sender>";
    let broken = Broken(good.0.replace("<sender>", destination));
    only(
        &broken.findings(),
        "GPCM-SD-049",
        ResponseCode::HeaderInvalid,
    );
}

#[test]
fn gpcm_sd_103_the_focus_is_a_document_bundle() {
    let profile = "StructureDefinition/ITK-Document-Bundle-1";
    let other = "StructureDefinition/ITK-Payload-Bundle-1";
    let found = Broken::good().replace(profile, other).findings();
    only(&found, "GPCM-SD-103", INVALID);
}

#[test]
fn gpcm_sd_103_the_focus_leads_somewhere() {
    let found = Broken::good().cut("<focus>", "</focus>").findings();
    only(&found, "GPCM-SD-103", ResponseCode::HeaderInvalid);
}

#[test]
fn gpcm_sd_104_the_composition_has_its_profile_and_is_the_only_one() {
    let profile = "StructureDefinition/CareConnect-Composition-1";
    let other = "StructureDefinition/CareConnect-ITK-Composition-1";
    only(
        &Broken::good().replace(profile, other).findings(),
        "GPCM-SD-104",
        INVALID,
    );
}

#[test]
fn gpcm_sd_105_the_custodian_is_an_organisation_of_the_document() {
    let found = Broken::good().cut("<custodian>", "</custodian>").findings();
    only(&found, "GPCM-SD-105", INVALID);
    let profile = "StructureDefinition/CareConnect-Organization-1";
    let other = "StructureDefinition/CareConnect-GPC-Organization-1";
    only(
        &Broken::good().replace(profile, other).findings(),
        "GPCM-SD-105",
        INVALID,
    );
}

#[test]
fn gpcm_sd_106_the_subject_is_a_patient_of_the_document() {
    let profile = "StructureDefinition/CareConnect-Patient-1";
    let other = "StructureDefinition/CareConnect-GPC-Patient-1";
    only(
        &Broken::good().replace(profile, other).findings(),
        "GPCM-SD-106",
        INVALID,
    );
}

#[test]
fn gpcm_sd_107_the_author_is_a_practitioner_of_the_document() {
    let profile = "StructureDefinition/CareConnect-Practitioner-1";
    let other = "StructureDefinition/CareConnect-GPC-Practitioner-1";
    only(
        &Broken::good().replace(profile, other).findings(),
        "GPCM-SD-107",
        INVALID,
    );
}

#[test]
fn gpcm_sd_108_every_resource_states_its_profile() {
    for kind in ["Patient", "Practitioner"] {
        let broken = Broken::good().within(kind, 0, |part| part.cut("<meta>", "</meta>"));
        only(&broken.findings(), "GPCM-SD-108", INVALID);
    }
    // The first Organization is the header's.
    let broken = Broken::good().within("Organization", 0, |part| part.cut("<meta>", "</meta>"));
    let found = broken.findings();
    assert!(ids(&found).contains(&"GPCM-SD-108"), "{found:#?}");
    assert_eq!(
        response_for(&found).unwrap().code,
        ResponseCode::HeaderInvalid
    );
}

#[test]
fn gpcm_sd_109_every_binary_has_its_section() {
    let broken = Broken::good().within("section", 1, |_| Broken(String::new()));
    only(&broken.findings(), "GPCM-SD-109", INVALID);
}

#[test]
fn gpcm_sd_110_every_section_shows_a_binary() {
    let good = Broken::good();
    let custodian = good
        .0
        .split("<custodian>")
        .nth(1)
        .unwrap()
        .split("</custodian>")
        .next();
    let entry = format!("</entry><entry>{}</entry></section>", custodian.unwrap());
    let broken = good.within("section", 1, |part| {
        part.replace("</entry></section>", &entry)
    });
    only(&broken.findings(), "GPCM-SD-110", INVALID);
}

fn with_content(content: &str) -> Vec<Finding> {
    let broken = Broken::good().within("Binary", 1, |part| {
        let start = part.0.find("<content value=\"").unwrap();
        let end = start + part.0[start..].find("/>").unwrap();
        Broken(format!(
            "{}<content value=\"{content}\"{}",
            &part.0[..start],
            &part.0[end..]
        ))
    });
    broken.findings()
}

#[test]
fn gpcm_sd_111_content_is_base64_and_not_empty() {
    for content in ["####", "=", "QQ=", " "] {
        // FHIR itself finds bad base64 too; the requirement is named beside it.
        let found = with_content(content);
        assert!(ids(&found).contains(&"GPCM-SD-111"), "{content} {found:#?}");
        assert_eq!(response_for(&found).unwrap().code, INVALID);
    }
}

#[test]
fn gpcm_sd_111_white_space_in_base64_is_read() {
    let broken = Broken::good().within("Binary", 0, |part| part.replace("JVBER", "JVB\n  ER"));
    assert_eq!(broken.findings(), []);
}

#[test]
fn gpcm_sd_112_the_report_is_a_pdf() {
    let broken = Broken::good().within("Binary", 0, |part| part.replace("JVBER", "JUBER"));
    only(&broken.findings(), "GPCM-SD-112", INVALID);
    let broken = Broken::good().within("Binary", 0, |part| {
        part.replace("application/pdf", "text/plain")
    });
    only(
        &broken.findings(),
        "GPCM-SD-112",
        ResponseCode::AttachmentNotApproved,
    );
    // Under 2.0 a document is of any listed type.
    let found = findings(broken.0.as_bytes(), Ruleset::V2_0);
    assert_eq!(ids(&found), [""; 0]);
}

#[test]
fn attachment_type_is_a_listed_one() {
    let broken = Broken::good().within("Binary", 1, |part| {
        part.replace("text/plain", "application/x-msdownload")
    });
    only(
        &broken.findings(),
        "attachment-type",
        ResponseCode::AttachmentUnsupported,
    );
    let misprint = Broken::good().within("Binary", 1, |part| {
        part.replace("text/plain", "image/jpg; name=a")
    });
    assert_eq!(misprint.findings(), []);
}

#[test]
fn gpcm_sd_114_status_is_final() {
    let broken = Broken::good().replace("<status value=\"final\"/>", "<status value=\"amended\"/>");
    only(&broken.findings(), "GPCM-SD-114", INVALID);
    assert_eq!(findings(broken.0.as_bytes(), Ruleset::V2_0), []);
}

#[test]
fn gpcm_sd_115_type_is_clinical_letter() {
    let broken = Broken::good().replace("371531000", "149701000000109");
    only(&broken.findings(), "GPCM-SD-115", INVALID);
    assert_eq!(findings(broken.0.as_bytes(), Ruleset::V2_0), []);
}

fn with_date(date: &str) -> Vec<Finding> {
    let broken = Broken::good().within("Composition", 0, |part| {
        let part = part.cut("<date ", "/>");
        part.replace("<author>", &format!("<date value=\"{date}\"/><author>"))
    });
    broken.findings()
}

#[test]
fn gpcm_sd_116_the_date_has_time_and_zone_and_is_not_after_the_header() {
    only(&with_date("2026-03-02"), "GPCM-SD-116", INVALID);
    only(&with_date("2026-03-02T12:40:00Z"), "GPCM-SD-116", INVALID);
    assert_eq!(with_date("2026-03-02T13:32:00+01:00"), []);
}

#[test]
fn gpcm_sd_117_confidentiality_is_n_or_r() {
    let code = "<confidentiality value=\"N\"/>";
    only(
        &Broken::good().replace(code, "").findings(),
        "GPCM-SD-117",
        INVALID,
    );
    let other = Broken::good().replace(code, "<confidentiality value=\"V\"/>");
    only(&other.findings(), "GPCM-SD-117", INVALID);
    let absent = Broken::good().replace(code, "");
    assert_eq!(findings(absent.0.as_bytes(), Ruleset::V2_0), []);
}

#[test]
fn gpcm_sd_117_a_confidential_document_is_rejected_under_2_0() {
    let mut consultation = consultation();
    consultation.confidential = true;
    let confidential = built(&consultation, Ruleset::V1_3);
    let found = findings(&confidential.message, Ruleset::V2_0);
    only(&found, "GPCM-SD-117", INVALID);
}

#[test]
fn gpcm_sd_118_the_title_is_consultation_report() {
    let broken = Broken::good().within("Composition", 0, |part| {
        let at = part
            .0
            .find("<title value=\"Consultation report\"/>")
            .unwrap();
        Broken(format!(
            "{}{}",
            &part.0[..at],
            part.0[at..].replacen("report", "Report", 1)
        ))
    });
    only(&broken.findings(), "GPCM-SD-118", INVALID);
}

fn narrative(change: impl FnOnce(&str) -> String) -> Vec<Finding> {
    let broken = Broken::good().within("Composition", 0, |part| {
        let start = part.0.find("<p>").unwrap() + 3;
        let end = part.0.find("</p>").unwrap();
        let text = change(&part.0[start..end]);
        Broken(format!("{}{text}{}", &part.0[..start], &part.0[end..]))
    });
    broken.findings()
}

#[test]
fn gpcm_sd_119_the_narrative_agrees_with_the_document() {
    for (old, new) in [
        ("9693632109", "9000000009"),
        ("GARTON", "GARDEN"),
        ("A81001", "A81002"),
        ("Starling", "Osprey"),
        ("Version 1", "Version one"),
        ("Version 1", "Version 0"),
        (", Version 1", ""),
        (
            ", seen at Cumbria Starling Medical Centre, ODS Code A81001",
            "",
        ),
        ("Consultation report for ", ""),
    ] {
        let found = narrative(|text| text.replacen(old, new, 1));
        only(&found, "GPCM-SD-119", INVALID);
    }
    // The published example has a space before its commas.
    assert_eq!(narrative(|text| text.replace(", ", " , ")), []);
}

#[test]
fn gpcm_sd_119_a_confidential_narrative_does_not_say_where() {
    let found = Broken::good()
        .replace(
            "<confidentiality value=\"N\"/>",
            "<confidentiality value=\"R\"/>",
        )
        .findings();
    only(&found, "GPCM-SD-119", INVALID);
}

#[test]
fn gpcm_sd_123_a_later_version_replaces_the_one_before() {
    let message = second_version(&consultation(), Ruleset::V1_3);
    let second = || Broken::of(&message);
    assert_eq!(second().findings(), []);
    let broken = second().cut("<relatesTo>", "</relatesTo>");
    only(&broken.findings(), "GPCM-SD-123", INVALID);
    let broken = second().replace("<code value=\"replaces\"/>", "<code value=\"appends\"/>");
    only(&broken.findings(), "GPCM-SD-123", INVALID);
    let value = format!("<value value=\"{}\"/>", PREVIOUS);
    only(
        &second().replace(&value, "").findings(),
        "GPCM-SD-123",
        INVALID,
    );
    let relation = second().0;
    let start = relation.find("<relatesTo>").unwrap();
    let relation = relation[start..].split("<section>").next().unwrap();
    let broken = second().replace(relation, &relation.repeat(2));
    only(&broken.findings(), "GPCM-SD-123", INVALID);
}

#[test]
fn gpcm_sd_123_the_first_version_replaces_nothing() {
    let second = second_version(&consultation(), Ruleset::V1_3);
    let broken = Broken::of(&second).within("Composition", 0, |part| {
        part.replace("Version 2", "Version 1")
    });
    only(&broken.findings(), "GPCM-SD-123", INVALID);
}

#[test]
fn gpcm_sd_029_the_organisation_has_its_ods_code() {
    let broken = Broken::good().within("Organization", 1, |part| {
        part.replace("value=\"A81001\"", "value=\"A-81001\"")
    });
    let found = broken.findings();
    // The narrative no longer agrees with the code either: told beside it.
    assert_eq!(ids(&found), ["GPCM-SD-119", "GPCM-SD-029"], "{found:#?}");
    let broken = Broken::good().within("Organization", 1, |part| {
        part.cut("<identifier>", "</identifier>")
    });
    only(&broken.findings(), "GPCM-SD-029", INVALID);
}

#[test]
fn gpcm_sd_030_the_organisation_has_its_name() {
    let broken = Broken::good().within("Organization", 1, |part| part.cut("<name ", "/>"));
    only(&broken.findings(), "GPCM-SD-030", INVALID);
}

#[test]
fn gpcm_sd_031_the_organisation_has_a_telephone_number() {
    let broken = Broken::good().within("Organization", 1, |part| {
        part.replace("value=\"phone\"", "value=\"email\"")
    });
    only(&broken.findings(), "GPCM-SD-031", INVALID);
}

#[test]
fn gpcm_sd_032_the_practitioner_has_an_sds_user_id() {
    let broken = Broken::good().within("Practitioner", 0, |part| {
        part.replace("Id/sds-user-id", "Id/local-practitioner-identifier")
    });
    only(&broken.findings(), "GPCM-SD-032", INVALID);
}

#[test]
fn gpcm_sd_033_the_practitioner_has_one_official_name() {
    let broken = Broken::good().within("Practitioner", 0, |part| {
        part.replace("value=\"official\"", "value=\"usual\"")
    });
    only(&broken.findings(), "GPCM-SD-033", INVALID);
    let broken = Broken::good().within("Practitioner", 0, |part| {
        let name = part.0[part.0.find("<name>").unwrap()..]
            .split("</name>")
            .next()
            .unwrap();
        let again = format!("{name}</name>{name}");
        Broken(part.0.replacen(name, &again, 1))
    });
    only(&broken.findings(), "GPCM-SD-033", INVALID);
}

#[test]
fn gpcm_sd_034_a_practitioners_telecom_is_complete() {
    let broken = Broken::good().within("Practitioner", 0, |part| {
        part.replace("<value value=\"01632 960200\"/>", "")
    });
    only_warned(&broken.findings(), "GPCM-SD-034");
}

#[test]
fn gpcm_sd_035_the_nhs_number_is_right_and_its_status_told() {
    let broken =
        Broken::good().within("Patient", 0, |part| part.cut("<extension ", "</extension>"));
    only(&broken.findings(), "GPCM-SD-035", INVALID);
    let broken = Broken(Broken::good().0.replace("9693632109", "9693632108"));
    only(&broken.findings(), "GPCM-SD-035", INVALID);
    let broken = Broken::good().within("Patient", 0, |part| {
        part.cut("<identifier>", "</identifier>")
    });
    only(&broken.findings(), "GPCM-SD-035", INVALID);
}

#[test]
fn gpcm_sd_036_the_patient_has_one_official_name_with_family() {
    let broken = Broken::good().within("Patient", 0, |part| {
        part.replace("value=\"official\"", "value=\"usual\"")
    });
    only(&broken.findings(), "GPCM-SD-036", INVALID);
    let broken = Broken::good().within("Patient", 0, |part| part.cut("<family ", "/>"));
    only(&broken.findings(), "GPCM-SD-036", INVALID);
    let broken = Broken::good().within("Patient", 0, |part| part.cut("<name>", "</name>"));
    only(&broken.findings(), "GPCM-SD-036", INVALID);
}

#[test]
fn gpcm_sd_037_the_date_of_birth_is_full() {
    let broken = Broken::good().within("Patient", 0, |part| part.replace("1946-06-23", "1946-06"));
    only(&broken.findings(), "GPCM-SD-037", INVALID);
    let broken = Broken::good().within("Patient", 0, |part| part.cut("<birthDate ", "/>"));
    only(&broken.findings(), "GPCM-SD-037", INVALID);
}

#[test]
fn gpcm_sd_048_the_timestamp_is_an_instant() {
    let broken = Broken::good().within("MessageHeader", 0, |part| part.cut("<timestamp ", "/>"));
    let found = broken.findings();
    // FHIR requires the element as well.
    assert!(ids(&found).contains(&"GPCM-SD-048"), "{found:#?}");
    assert_eq!(
        response_for(&found).unwrap().code,
        ResponseCode::HeaderInvalid
    );
}

#[test]
fn gpcm_c_02_itk3_and_fhir_rules_are_checked_too() {
    let unreadable = flag("InfAckRequested", "perhaps").findings();
    assert_eq!(
        response_for(&unreadable).unwrap().code,
        ResponseCode::InfrastructureFlagUnreadable
    );
    let broken = Broken::good().within("MessageHeader", 0, |part| {
        part.cut(
            "<extension url=\"https://fhir.nhs.uk/STU3",
            "</extension></extension>",
        )
    });
    assert_eq!(
        response_for(&broken.findings()).unwrap().code,
        ResponseCode::HandlingSpecificationError
    );
    let unknown = Broken::good().within("Patient", 0, |part| {
        part.replace("<birthDate", "<shoeSize value=\"43\"/><birthDate")
    });
    let found = unknown.findings();
    assert_eq!(response_for(&found).unwrap().code, INVALID, "{found:#?}");
}
