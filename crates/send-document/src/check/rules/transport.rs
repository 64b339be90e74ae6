//! The message against its control file or Mex headers.

use nhs::{DateOfBirth, DateOrder, FamilyName, NhsNumber, PatientAddress};

use crate::check::breach::{Breaches, breach, unless};
use crate::check::subject::Subject;
use crate::check::table::Party::{Sender, Transport};
use crate::check::table::{BOTH, Force, GM13, MUST, MUST_THEN_SHOULD, Row, Rule};
use crate::sentence::Sentence;
use crate::{Ruleset, names};
use itk3::{Stage, TransportMetadata};

pub(super) const ROWS: &[Row] = &[
    row(
        "GPCM-SD-038",
        "Family name, date of birth and NHS number of the address are the patient's.",
        "Address the message with the patient's own details.",
        MUST,
        Rule::Transport(gpcm_sd_038),
    ),
    row(
        "GPCM-SD-056",
        "The message is addressed by patient: GPPROVIDER_….",
        "Begin the address with GPPROVIDER_, in capitals.",
        MUST,
        Rule::Transport(gpcm_sd_056),
    ),
    row(
        "GPCM-SD-057",
        "The workflow is that of the release.",
        "Send WorkflowId GPFED_CONSULT_REPORT, under 2.0 GPCONNECT_SEND_DOCUMENT.",
        MUST,
        Rule::Transport(gpcm_sd_057),
    ),
    row(
        "GPCM-SD-059",
        "The message comes from the sender's mailbox, the one its header names.",
        "Send From_DTS equal to MessageHeader.source.endpoint.",
        MUST,
        Rule::Transport(gpcm_sd_059),
    ),
    row(
        "GPCM-SD-062",
        "The same for Mex-From.",
        "As for GPCM-SD-059.",
        MUST,
        Rule::With("GPCM-SD-059"),
    ),
    row(
        "GPCM-SD-060",
        "The address is GPPROVIDER_{NHS number}_{date of birth}_{family name}; under 2.0 the date is \
         YYYYMMDD, and the other order a warning.",
        "Write the address in these four parts, the date in eight digits, under 2.0 as YYYYMMDD.",
        MUST,
        Rule::Transport(gpcm_sd_060),
    ),
    row(
        "GPCM-SD-063",
        "The same for Mex-To.",
        "As for GPCM-SD-060.",
        MUST,
        Rule::With("GPCM-SD-060"),
    ),
    row(
        "GPCM-SD-061",
        "The subject is the document's narrative.",
        "Send the text of Composition.text as the subject.",
        MUST_THEN_SHOULD,
        Rule::Transport(gpcm_sd_061),
    ),
    row(
        "GPCM-SD-064",
        "The same for Mex-Subject.",
        "As for GPCM-SD-061.",
        MUST_THEN_SHOULD,
        Rule::With("GPCM-SD-061"),
    ),
    row(
        "GPCM-SD-091",
        "The version is the same in report, narrative and subject.",
        "Write one version everywhere.",
        MUST_THEN_SHOULD,
        Rule::Transport(gpcm_sd_091),
    ),
    row(
        "GPCM-SD-145",
        "The local id is the sender's ODS code.",
        "Send LocalId equal to the sending practice's ODS code.",
        MUST_THEN_SHOULD,
        Rule::Transport(gpcm_sd_145),
    ),
    row(
        "GPCM-SD-146",
        "The same for Mex-LocalID.",
        "As for GPCM-SD-145.",
        MUST_THEN_SHOULD,
        Rule::With("GPCM-SD-145"),
    ),
    Row {
        id: "GPCM-C-01",
        binds: &[Transport],
        text: "MESH is the transport.",
        remedy: "Nothing for the message to do.",
        source: BOTH,
        force: MUST,
        response: None,
        rule: Rule::Elsewhere("crates/gp-system/src/sending/placing.rs: place_all"),
    },
];

const fn row(
    id: &'static str,
    text: &'static str,
    remedy: &'static str,
    force: Force,
    rule: Rule,
) -> Row {
    Row {
        id,
        binds: &[Sender, Transport],
        text,
        remedy,
        source: GM13,
        force,
        response: None,
        rule,
    }
}

fn is_patient_address(transport: &TransportMetadata<'_>) -> bool {
    PatientAddress::is_meant(transport.to)
}

fn gpcm_sd_038(subject: &Subject<'_>, transport: &TransportMetadata<'_>) -> Breaches {
    let (Some(patient), Ok(address)) = (&subject.patient, PatientAddress::parse(transport.to))
    else {
        return Vec::new();
    };
    let identifier = Subject::identifier(patient, names::NHS_NUMBER);
    let told = identifier
        .and_then(|i| i.value_at("value"))
        .map(NhsNumber::parse);
    let told_born = patient.value("birthDate").map(DateOfBirth::parse_iso);
    let told_family = patient.value("name.family").map(FamilyName::parse);
    let differs = [
        (
            matches!(told, Some(Ok(n)) if n != address.nhs_number),
            "NHS number",
        ),
        (
            matches!(told_born, Some(Ok(b)) if b != address.date_of_birth),
            "date of birth",
        ),
        (
            matches!(&told_family, Some(Ok(f)) if !f.matches(&address.family_name)),
            "family name",
        ),
    ];
    let differs = differs.into_iter().filter(|(differs, _)| *differs);
    let what = |part| format!("expected the {part} of the document's patient");
    differs
        .map(|(_, part)| breach("transport.to", what(part)))
        .collect()
}

fn gpcm_sd_056(_: &Subject<'_>, transport: &TransportMetadata<'_>) -> Breaches {
    let holds = is_patient_address(transport) || transport.stage == Stage::Received;
    unless(
        holds,
        "transport.to",
        "expected an address that begins with GPPROVIDER_",
    )
}

fn gpcm_sd_057(subject: &Subject<'_>, transport: &TransportMetadata<'_>) -> Breaches {
    let expected = subject.ruleset.workflow();
    let what = format!("expected {expected}, found another workflow");
    unless(
        transport.workflow.trim() == expected,
        "transport.workflow",
        &what,
    )
}

fn gpcm_sd_059(subject: &Subject<'_>, transport: &TransportMetadata<'_>) -> Breaches {
    let endpoint = subject
        .header
        .as_ref()
        .and_then(|header| header.value("source.endpoint"));
    let from = transport.from.trim();
    let holds = endpoint.is_none_or(|endpoint| endpoint.eq_ignore_ascii_case(from));
    unless(
        holds,
        "transport.from",
        "expected the mailbox of MessageHeader.source.endpoint",
    )
}

/// Day first, as the older texts have it, is understood by us; what MESH makes of it is not known.
fn gpcm_sd_060(subject: &Subject<'_>, transport: &TransportMetadata<'_>) -> Breaches {
    if !is_patient_address(transport) {
        return Vec::new();
    }
    match PatientAddress::parse_with_order(transport.to) {
        Err(_) => {
            let what = "expected GPPROVIDER_{NHS number}_{date of birth}_{family name}";
            vec![breach("transport.to", what)]
        }
        Ok((_, DateOrder::DayMonthYear)) if subject.ruleset == Ruleset::V2_0 => {
            let what = "expected the date of birth as YYYYMMDD, found DDMMYYYY";
            vec![breach("transport.to", what).tolerable()]
        }
        Ok(_) => Vec::new(),
    }
}

fn gpcm_sd_061(subject: &Subject<'_>, transport: &TransportMetadata<'_>) -> Breaches {
    let Some(narrative) = subject.sentence() else {
        return Vec::new();
    };
    let written = transport
        .subject
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    // A different version alone is GPCM-SD-091's case.
    let same = |told: Sentence<'_>| {
        Sentence {
            version: None,
            ..told
        } == Sentence {
            version: None,
            ..narrative
        }
    };
    let holds = Sentence::parse(&written).is_some_and(same);
    unless(
        holds,
        "transport.subject",
        "expected the sentence of Composition.text",
    )
}

fn gpcm_sd_091(subject: &Subject<'_>, transport: &TransportMetadata<'_>) -> Breaches {
    let narrative = subject.sentence().and_then(|sentence| sentence.version);
    let written = Sentence::parse(transport.subject).and_then(|sentence| sentence.version);
    let holds = match (narrative, written) {
        (Some(narrative), Some(written)) => narrative == written,
        (Some(_), None) => Sentence::parse(transport.subject).is_none(),
        (None, _) => true,
    };
    unless(
        holds,
        "transport.subject",
        "expected the version of Composition.text",
    )
}

fn gpcm_sd_145(subject: &Subject<'_>, transport: &TransportMetadata<'_>) -> Breaches {
    let code = subject
        .sender
        .as_ref()
        .and_then(|sender| Subject::identifier(sender, itk3::names::ODS_ORGANIZATION_CODE))
        .and_then(|code| code.value_at("value"));
    let written = transport.local_id.trim();
    let holds = code.is_none_or(|code| code.trim().eq_ignore_ascii_case(written));
    unless(
        holds,
        "transport.local_id",
        "expected the ODS code of the sending organisation",
    )
}
