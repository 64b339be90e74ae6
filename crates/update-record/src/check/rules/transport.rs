//! What the message travels with; what holds for every payload is judged in `itk3`.

use itk3::{Checking, Stage, TransportMetadata};
use nhs::PatientAddress;

use super::super::found::{At, Found};
use super::super::subject::{Subject, value};

pub(super) fn check(subject: &Subject<'_>, checking: &Checking<'_>, found: &mut Found) {
    if let Some(transport) = checking.transport {
        if transport.stage == Stage::Sent && !PatientAddress::is_meant(transport.to) {
            let what = "expected GPPROVIDER_{NHS number}_{date of birth}_{family name}, found another address";
            found.transport("UR-M03", At::path("transport.to"), what);
        }
        subject_line(subject, transport, found);
        local_id(subject, transport, found);
    }
}

/// `[title] for [patient], NHS Number: [number], seen at [place], ODS code: [code], version [n]`, with
/// or without the words before the code and with either spelling of the last.
fn subject_line(subject: &Subject<'_>, transport: &TransportMetadata<'_>, found: &mut Found) {
    let line = transport.subject.to_lowercase();
    let mut rest = Some(line.as_str());
    for part in [" for ", ", nhs number", ", seen at ", ", version"] {
        rest = rest
            .and_then(|rest| rest.split_once(part))
            .map(|(_, rest)| rest);
    }
    let patient = subject.document.as_ref().and_then(|it| it.patient());
    let mut numbers = patient.into_iter().flat_map(itk3::identity::nhs_numbers);
    let number = numbers.find_map(|it| value(it, "value"));
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    let names_the_patient = number.is_none_or(|number| digits.contains(number));
    if rest.is_none() || !names_the_patient {
        let what = "expected [title] for [patient], NHS Number: [number of the document], seen at \
                    [place], ODS code: [code], version [number]";
        found.warning("UR-M05", At::path("transport.subject"), what);
    }
}

fn local_id(subject: &Subject<'_>, transport: &TransportMetadata<'_>, found: &mut Found) {
    let sender = subject.message.as_ref().and_then(|it| it.sender_ods_code());
    let is_sender = |code: nhs::OdsCode| {
        transport
            .local_id
            .trim()
            .eq_ignore_ascii_case(code.as_str())
    };
    if !sender.is_none_or(is_sender) {
        let what = "expected the sender's ODS code as local id";
        found.warning("UR-M06", At::path("transport.local_id"), what);
    }
}
