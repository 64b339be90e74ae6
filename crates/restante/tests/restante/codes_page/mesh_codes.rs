//! The codes of MESH: of the endpoint lookup, of reports and status records, and of the API's errors.

use mesh::{Fault, status};

use super::row;

/// What is said of a code: who says it, what makes it, what to do.
struct Words(&'static Fault, &'static str, &'static str, &'static str);

const REPORT: &str = "report";
const CLIENT: &str = "client";

#[rustfmt::skip]
const WORDS: &[Words] = &[
    Words(&status::SEVERAL_MAILBOXES, REPORT, "several mailboxes of the practice may receive the workflow", "leave one with the right: `restante workflow deny WORKFLOW --receive ID`; a sender tells the MESH service desk"),
    Words(&status::NO_MAILBOX, "report; the sandbox with 403, of a caller whose mailbox it does not know", "no mailbox of the practice may receive the workflow, or PDS knows no practice for the patient", "`restante workflow allow WORKFLOW --receive ID --patient-routing`; a sender takes another route"),
    Words(&status::INVALID_NHS_NUMBER, REPORT, "the number in the address has not ten digits, or its check digit is wrong", "correct the number and send again"),
    Words(&status::NHS_NUMBER_NOT_FOUND, REPORT, "PDS has nobody of that number", "ask the patient for the number; in a rehearsal `restante registry import` the patient"),
    Words(&status::DEMOGRAPHICS_DIFFER, REPORT, "family name or birth date are not those of the number; `DDMMYYYY` may have been read as another date", "check the patient's details and send again"),
    Words(&status::CONTROL_FILE_MISSING, CLIENT, "a `.dat` without its `.ctl` for a day, or a `.ctl` that cannot be read", "write the data first, then the control file; `restante control-file check FILE`"),
    Words(&status::DATA_FILE_MISSING, "client; 417", "a `.ctl` without its `.dat` for a minute, a data file that is empty or no plain file; an empty body", "write the data first, and something into it"),
    Words(&status::SERVER_CERTIFICATE, CLIENT, "the server's certificate is not of an authority in `trust`, of another name, or has ended", "put the right authority into `trust`; see whether a proxy opens TLS; `restante doctor`"),
    Words(&status::LOGIN_REFUSED, CLIENT, "mailbox, password, shared key, certificate or clock are wrong (403)", "`restante doctor --config FILE` names the rung; [reasons](#why-a-call-is-answered-403)"),
    Words(&status::TRANSFER_FAILED, CLIENT, "a message is too large for one request and may not be chunked, or could not be sent for `give_up_hours`", "set `AllowChunking`; see the description and the log, then put the pair back into OUT"),
    Words(&status::MALFORMED_CONTROL_FILE, "client; 400", "an element is missing or wrong; a header has control characters or a URL", "`restante control-file check FILE` names each element with its place"),
    Words(&status::INVALID_FROM, "client; 417", "`From_DTS` or `Mex-From` is not the mailbox that sends", "send from the mailbox whose directory it is"),
    Words(&status::TO_MISSING, "client; 400", "neither `To_DTS` nor a patient address", "name a mailbox or a patient"),
    Words(&status::INVALID_VERSION, CLIENT, "`Version` is not 1.0", "write 1.0"),
    Words(&status::INVALID_ADDRESS_TYPE, CLIENT, "`AddressType` is not one that is known", "write DTS"),
    Words(&status::INVALID_MESSAGE_TYPE, CLIENT, "`MessageType` is not Data", "write Data: reports are the service's"),
    Words(&status::UNREGISTERED_RECIPIENT, "417; report", "nobody has the mailbox, or the address is no patient address", "look for a typing mistake"),
    Words(&status::NOT_COLLECTED, REPORT, "the recipient did not collect and acknowledge it in five days (`inbox_expiry_days`)", "telephone them; send again or by another route"),
    Words(&status::MAILBOX_DEACTIVATED, REPORT, "the recipient's mailbox was disabled while the message waited", "take another route"),
    Words(&status::POLL_FAILED, CLIENT, "the inbox could not be listed", "it is tried again; `restante client status` says why"),
    Words(&status::SENDER_NOT_ALLOWED, "417", "the sender has no right to send the workflow", "`restante workflow allow WORKFLOW --send ID`"),
    Words(&status::COLLECT_SERVER_CERTIFICATE, CLIENT, "as 03, while polling", "as 03"),
    Words(&status::WORKFLOW_NOT_REGISTERED, "417", "the recipient has no right to receive the workflow", "`restante workflow allow WORKFLOW --receive ID`"),
    Words(&status::COLLECT_LOGIN_REFUSED, CLIENT, "as 04, while polling", "as 04"),
    Words(&status::ONS_NOT_ENABLED, "the national service", "civil registration is not enabled for the mailbox", "tell the MESH service desk; Restante's exchange never says it"),
    Words(&status::INVALID_EXPIRY, "the national service", "an expiry period that is none", "leave it out; Restante's exchange never says it"),
    Words(&status::MESSAGE_DOES_NOT_EXIST, "404", "no message of that id, or it was forgotten after 30 days", "look at the id; ask by local id: message tracking"),
    Words(&status::INVALID_CHUNK_RANGE, "417", "`Mex-Chunk-Range` is missing, not `n:m`, or not the next one", "begin with 1:m and go on to m:m; the message id stays that of the first"),
    Words(&status::UNSUPPORTED_ENCODING, "422", "`Content-Encoding` is neither absent nor gzip", "send gzip, or nothing"),
    Words(&status::INVALID_CHECKSUM, "400", "`Mex-Content-Checksum` has characters that no checksum has", "letters, digits, blanks and `:-/` only"),
    Words(&status::MESSAGE_GONE, "410", "acknowledged or expired before it was asked for, or damaged in storage", "it was taken before: look among what was received; else ask the sender"),
    Words(&status::AUTHORIZATION_UNREADABLE, "403, the sandbox", "no token, or not in its form", "[reasons](#why-a-call-is-answered-403)"),
    Words(&status::TOKEN_OF_ANOTHER_MAILBOX, "403, the sandbox", "the token names another mailbox than the address", "sign with the mailbox of the address"),
    Words(&status::INVALID_TOKEN, "403, the sandbox", "the hash or the time is wrong", "`restante token explain`"),
    Words(&status::TOKEN_USED_BEFORE, "403, the sandbox with `--strict`", "a token is good for one request", "make one for each request"),
    Words(&status::INACTIVE_MAILBOX, "403, the sandbox", "the mailbox is disabled", "`restante mailbox enable ID`"),
    Words(&status::ENCODING_CHANGED, "417", "a chunk with another `Content-Encoding` than the first", "compress all chunks or none"),
    Words(&status::FORBIDDEN, "403", "not who they should be, or not their message", "[reasons](#why-a-call-is-answered-403)"),
    Words(&status::NOT_FOUND, "404", "no such address, or nothing there", "[the routes](docs/reference/api.md)"),
    Words(&status::SEVERAL_MESSAGES, "300", "several messages have the local id", "track by message id"),
    Words(&status::ACCEPT_INCORRECT, "400", "`Accept` names a MESH type that is unknown", "`application/vnd.mesh.v2+json`, or leave it out"),
];

fn words(fault: &Fault) -> &'static Words {
    let same = |words: &&Words| {
        let Words(known, ..) = words;
        (known.event, known.code, known.text) == (fault.event, fault.code, fault.text)
    };
    let found = WORDS.iter().find(same);
    found.unwrap_or_else(|| panic!("no words for {} {} {}", fault.event, fault.code, fault.text))
}

fn line(page: &mut String, fault: &Fault) {
    let Words(_, who, cause, remedy) = words(fault);
    let code = match (fault.event, fault.code) {
        ("", _) => "none".to_owned(),
        (event, code) => format!("`{event}` `{code}`"),
    };
    row(page, &[&code, fault.text, who, cause, remedy]);
}

const COLUMNS: &str = "| code | text | said by | cause | what to do |\n|---|---|---|---|---|\n";

pub(super) fn write(page: &mut String) {
    assert_eq!(WORDS.len(), status::ALL.len());
    let is_routing = |fault: &&&Fault| fault.code.starts_with("EPL-");
    page.push_str(
        "## Routing: EPL codes\n\nA message to a patient is accepted with 202 and routed afterwards; what goes wrong then comes \
         back as a report in the sender's IN. `restante reconcile` finds the message it is about.\n\n",
    );
    page.push_str(COLUMNS);
    for fault in status::ALL.iter().filter(is_routing) {
        line(page, fault);
    }
    page.push_str(
        "\n## MESH codes\n\nSaid by the client in a report or in the status record of a pair in FAILED, by the exchange in a \
         report, or in an answer with this HTTP status. The exchange answers 429 and 503 with `Retry-After` when it has no \
         room now: nothing was kept, and sending again is safe. 504 says that it is not known whether it was done. Codes were \
         reused: the event tells them apart.\n\n",
    );
    page.push_str(COLUMNS);
    for fault in status::ALL.iter().filter(|fault| !is_routing(fault)) {
        line(page, fault);
    }
    page.push_str("\nWhat went well has a code too:\n\n| code | text | said by |\n|---|---|---|\n");
    for (code, text, who) in [
        (
            "`COLLECT` `00`",
            status::COLLECTED_FROM_OUT,
            "client, with `CollectReport`",
        ),
        (
            "`TRANSFER` `00`",
            status::ACCEPTED_BY_SERVER,
            "client, in SENT and with `TransferReport`",
        ),
        (
            "`TRANSFER` `00`",
            status::TRANSFERRED_TO_RECIPIENT,
            "client, in IN beside what it received",
        ),
        (
            "`RECEIVE` `00`",
            status::POLL_SUCCEEDED,
            "client, with `PollReport`",
        ),
        (
            "`TRANSFER` `05`",
            status::WILL_BE_RETRIED,
            "client, with `DelayReport`",
        ),
    ] {
        row(page, &[code, text, who]);
    }
    page.push('\n');
}
