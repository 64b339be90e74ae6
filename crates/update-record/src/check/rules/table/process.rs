//! What senders and receivers do: the rules.

use crate::check::table::{Keeper, Rule, Strength, Verdict, rule};

pub(in crate::check::rules) const RULES: &[Rule] = &[
    rule(
        "UR-S01",
        Strength::Must,
        Verdict::Kept(Keeper::Sender),
        "Negative answer or missing answer: tell an appropriate person",
    ),
    rule(
        "UR-S02",
        Strength::Must,
        Verdict::Kept(Keeper::Sender),
        "On 20010 send the consultation as PDF by another way (e-mail)",
    ),
    rule(
        "UR-S03",
        Strength::Should,
        Verdict::Kept(Keeper::Sender),
        "A replacement goes within 24 h; avoid many",
    ),
    rule(
        "UR-S04",
        Strength::Should,
        Verdict::Kept(Keeper::Sender),
        "On 20014 mark both versions null and void",
    ),
    rule(
        "UR-S05",
        Strength::Must,
        Verdict::Kept(Keeper::Sender),
        "An action for the GP goes by telephone or mail, not by plan-and-requested-actions",
    ),
    rule(
        "UR-S06",
        Strength::Must,
        Verdict::Kept(Keeper::Sender),
        "Route errors EPL-150..154 are handled",
    ),
    rule(
        "UR-R01",
        Strength::Must,
        Verdict::Kept(Keeper::Receiver),
        "Invalid message: one negative answer, no further processing, diagnostics name the fault",
    ),
    rule(
        "UR-R02",
        Strength::Must,
        Verdict::Kept(Keeper::Receiver),
        "Practice has Update Record off, or the product lacks it",
    ),
    rule(
        "UR-R03",
        Strength::Should,
        Verdict::Kept(Keeper::Receiver),
        "Message seen before / document seen before",
    ),
    rule(
        "UR-R04",
        Strength::Must,
        Verdict::Kept(Keeper::Receiver),
        "All listed data taken in as structure without retyping (ingestion)",
    ),
    rule(
        "UR-R05",
        Strength::Must,
        Verdict::Kept(Keeper::Receiver),
        "No automatic filing: provisional or holding area, a workflow task, a person accepts",
    ),
    rule(
        "UR-R06",
        Strength::Must,
        Verdict::Kept(Keeper::Receiver),
        "Replacement: process the new one, archive the old; if that fails mark both void and answer",
    ),
    rule(
        "UR-R07",
        Strength::Must,
        Verdict::Kept(Keeper::Receiver),
        "Patient unknown / left",
    ),
    rule(
        "UR-R08",
        Strength::May,
        Verdict::Kept(Keeper::Nobody),
        "RecipientType does not change the handling: FI is treated as FA today",
    ),
    rule(
        "UR-R09",
        Strength::Should,
        Verdict::Kept(Keeper::Receiver),
        "Refusal by a person after review is not answered by message; tell the sender by another way; audit it",
    ),
    rule(
        "UR-R10",
        Strength::Should,
        Verdict::Kept(Keeper::Receiver),
        "Attachment title visible in the list of documents",
    ),
    rule(
        "UR-R11",
        Strength::Must,
        Verdict::Kept(Keeper::Receiver),
        "BusAckRequested and InfAckRequested false, SenderReference echoed, event ITK008M, sender = an Organization of the bundle",
    ),
];
