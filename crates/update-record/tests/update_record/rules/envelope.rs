//! Transport, outer bundle, header and handling extension.

use fhir::Severity;
use itk3::ResponseCode;

use super::{Case, carried, error, refused, warning};
use crate::kit::{GOOD, HEADER, ID, SENDER, changed};

pub fn cases() -> Vec<Case> {
    let mut all = transport();
    all.extend(header());
    all.extend(handling());
    all
}

fn transport() -> Vec<Case> {
    let (error, warning) = (Severity::Error, Severity::Warning);
    vec![
        carried("UR-M01", error, |it| {
            it.workflow = "GPCONNECT_SEND_DOCUMENT"
        })
        .answered(ResponseCode::HandlingBusinessRule),
        carried("UR-M01", warning, |it| it.workflow = "SOMETHING_ELSE"),
        carried("UR-M03", error, |it| it.to = "A81001OT001"),
        carried("UR-M03", error, |it| it.to = "GPPROVIDER_REHEARSAL"),
        carried("UR-M03", warning, |it| {
            it.to = "GPPROVIDER_9691375087_06051984_REHEARSAL"
        }),
        carried("UR-M04", error, |it| {
            it.to = "GPPROVIDER_9691375354_19840506_REHEARSAL"
        }),
        carried("UR-M04", error, |it| {
            it.to = "GPPROVIDER_9691375087_19840507_REHEARSAL"
        }),
        carried("UR-M04", error, |it| {
            it.to = "GPPROVIDER_9691375087_19840506_OTHER"
        }),
        carried("UR-M05", warning, |it| it.subject = "Consultation"),
        carried("UR-M06", warning, |it| it.local_id = "A81001"),
        carried("UR-M07", error, |it| it.from = "FA001OT002"),
        carried("UR-H12", warning, |it| {
            it.from = "FA001OT002";
            it.stage = itk3::Stage::Received;
        }),
    ]
}

fn header() -> Vec<Case> {
    let outer = |from: &str, to: &str| GOOD.replacen(from, to, 1);
    let invalid = ResponseCode::HeaderInvalid;
    let business = ResponseCode::HandlingBusinessRule;
    let sender = format!("<reference value=\"urn:uuid:{ID}{SENDER}\"/>");
    let another = format!(
        "<entry><fullUrl value=\"urn:uuid:{ID}30\"/><resource><Organization><id value=\"{ID}30\"/>\
         <name value=\"x\"/></Organization></resource></entry>\n</Bundle>\n"
    );
    let end = GOOD.rfind("</Bundle>").unwrap();
    let fourth = format!("{}{another}", &GOOD[..end]);
    vec![
        refused(
            "UR-H01",
            outer("<type value=\"message\"/>", "<type value=\"collection\"/>"),
        )
        .answered(invalid),
        refused("UR-H01", outer(&format!("<value value=\"{ID}99\"/>"), "")).answered(invalid),
        refused("UR-H02", fourth).answered(invalid),
        error("UR-H10", HEADER, "ITK014M", "ITK007C").answered(business),
        error(
            "UR-H10",
            HEADER,
            "CodeSystem/ITK-MessageEvent-2",
            "CodeSystem/Other",
        )
        .answered(business),
        warning(
            "UR-H10",
            HEADER,
            "<display value=\"ITK Update Record\"/>",
            "",
        ),
        error("UR-H11", SENDER, "ods-organization-code", "other").answered(invalid),
        error(
            "UR-H12",
            HEADER,
            "<endpoint value=\"FA001OT001\"/>",
            "<endpoint value=\" \"/>",
        )
        .answered(invalid),
        error(
            "UR-H13",
            HEADER,
            "<timestamp value=\"2026-03-02T10:25:00+00:00\"/>",
            "",
        )
        .answered(invalid),
        error(
            "UR-H14",
            HEADER,
            "</focus>",
            &format!("</focus><focus>{sender}</focus>"),
        )
        .answered(invalid),
        refused(
            "UR-H14",
            changed(
                GOOD,
                HEADER,
                &format!("<focus><reference value=\"urn:uuid:{ID}03\"/>"),
                &format!("<focus>{sender}"),
            ),
        )
        .answered(invalid),
        warning(
            "UR-H15",
            HEADER,
            "<sender>",
            &format!("<receiver>{sender}</receiver><sender>"),
        ),
        error(
            "UR-H16",
            HEADER,
            "<source>",
            &format!("<author>{sender}</author><source>"),
        )
        .answered(invalid),
        warning(
            "UR-H16",
            HEADER,
            "<focus>",
            "<response><identifier value=\"x\"/><code value=\"ok\"/></response><focus>",
        ),
    ]
}

fn handling() -> Vec<Case> {
    let business = ResponseCode::HandlingBusinessRule;
    let flag = |name: &str, value: &str| format!("<extension url=\"{name}\">{value}</extension>");
    let is = |value: &str| format!("<valueBoolean value=\"{value}\"/>");
    let (inf, bus) = ("InfAckRequested", "BusAckRequested");
    let definition = "<reference value=\"https://fhir.nhs.uk/MessageDefinition\"/>";
    let local = "<extension url=\"LocalExtension\"><valueString value=\"None\"/></extension>";
    let reference = format!("<valueString value=\"urn:uuid:{ID}05\"/>");
    let long = format!("<valueString value=\"{}\"/>", "x".repeat(256));
    vec![
        error(
            "UR-H03",
            HEADER,
            "Extension-ITK-MessageHandling-2",
            "Extension-Other",
        )
        .answered(ResponseCode::HandlingSpecificationError),
        error("UR-H03", HEADER, &flag(inf, &is("true")), "").answered(business),
        error(
            "UR-H04",
            HEADER,
            &flag(bus, &is("true")),
            &flag(bus, &is("false")),
        )
        .answered(business),
        error(
            "UR-H04",
            HEADER,
            &flag(bus, &is("true")),
            &flag(bus, "<valueString value=\"yes\"/>"),
        )
        .answered(ResponseCode::BusinessFlagUnreadable),
        error(
            "UR-H05",
            HEADER,
            &flag(inf, &is("true")),
            &flag(inf, &is("false")),
        )
        .answered(business),
        error(
            "UR-H05",
            HEADER,
            &flag(inf, &is("true")),
            &flag(inf, "<valueString value=\"yes\"/>"),
        )
        .answered(ResponseCode::InfrastructureFlagUnreadable),
        error(
            "UR-H06",
            HEADER,
            "<code value=\"FI\"/>",
            "<code value=\"FX\"/>",
        )
        .answered(ResponseCode::RecipientTypeUnreadable),
        error("UR-H06", HEADER, "<display value=\"For Information\"/>", "")
            .answered(ResponseCode::RecipientTypeUnreadable),
        error("UR-H07", HEADER, definition, "<display value=\"x\"/>").answered(business),
        warning(
            "UR-H07",
            HEADER,
            "https://fhir.nhs.uk/MessageDefinition",
            "https://other.example/x",
        ),
        error("UR-H08", HEADER, &reference, &long)
            .answered(ResponseCode::SenderReferenceUnreadable),
        error("UR-H09", HEADER, local, "").answered(business),
        warning("UR-H09", HEADER, "value=\"None\"", "value=\"Other\""),
    ]
}
