//! The MESH part: the rules.

use itk3::ResponseCode;

use crate::check::table::{Keeper, Rule, Strength, Verdict, rule};

pub(in crate::check::rules) const RULES: &[Rule] = &[
    rule(
        "UR-M01",
        Strength::Must,
        Verdict::Refused(ResponseCode::HandlingBusinessRule),
        "Workflow id of the update is GPCONNECT_UPDATE_RECORD",
    ),
    rule(
        "UR-M02",
        Strength::Must,
        Verdict::Kept(Keeper::Receiver),
        "Workflow id of both answers is GPCONNECT_UPDATE_RECORD_ACK",
    ),
    rule(
        "UR-M03",
        Strength::Must,
        Verdict::RefusedToSender,
        "Addressed by automatic routing, GPPROVIDER_<nhs>_<dob>_<surname>; a direct mailbox address is not allowed for a GP practice",
    ),
    rule(
        "UR-M04",
        Strength::Should,
        Verdict::RefusedToSender,
        "Number, date of birth and surname of the address equal the payload Patient",
    ),
    rule(
        "UR-M05",
        Strength::Must,
        Verdict::Told,
        "Subject: \"[title] for [patient], NHS Number: [n], seen at [place], ODS code: [code], version [v]\"; the client page drops \"ODS code:\" and writes \"Version:\"",
    ),
    rule(
        "UR-M06",
        Strength::Must,
        Verdict::Told,
        "Local id (mex-localid, LocalId) is the sender ODS code",
    ),
    rule(
        "UR-M07",
        Strength::Must,
        Verdict::RefusedToSender,
        "from = sender mailbox",
    ),
    rule(
        "UR-M08",
        Strength::May,
        Verdict::Kept(Keeper::Nobody),
        ".ctl Version: ignore; 1.1.0 withdrew its use for document versions although the client page still asks for it",
    ),
];
