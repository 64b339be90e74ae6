//! What the page says of stages, codes and times.

use itk3::ResponseCode;
use jiff::SignedDuration;
use mesh::StatusEvent;

use super::frame::{Frame, Mark, Verdict};
use super::letter::Origin;
use super::places::Places;
use super::stage::Stage;

/// A time in milliseconds under a second, in words above it: `118 ms`, `5.2 s`, `2 min`, `26 h`.
pub(crate) fn time(time: SignedDuration) -> String {
    let milliseconds = time.as_millis().max(0);
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{:.1} s", time.as_secs_f64()),
        60_000..7_200_000 => format!("{} min", milliseconds / 60_000),
        _ => format!("{} h", milliseconds / 3_600_000),
    }
}

/// The same since a letter began; its first step is where the clock starts.
pub(crate) fn since_start(since: SignedDuration) -> String {
    if since.as_millis() <= 0 {
        "start".to_owned()
    } else {
        time(since)
    }
}

/// A number of bytes: `48,312 bytes`.
pub(crate) fn bytes(bytes: usize) -> String {
    let digits = bytes.to_string();
    let mut grouped = String::with_capacity(digits.len() + 4);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} bytes")
}

/// A response code with its official words: `20013 Success`.
pub(crate) fn response(code: u32) -> String {
    match ResponseCode::parse(&code.to_string()) {
        Some(known) => {
            let words = known.display().split(". (").next().unwrap_or_default();
            format!("{code} {words}")
        }
        None => code.to_string(),
    }
}

/// A response code in the few words that the map has room for.
pub(crate) fn short_response(code: u32) -> String {
    match code {
        20_013 => "20013 Success".to_owned(),
        30_001 => "30001 Known here".to_owned(),
        30_002 => "30002 Not known here".to_owned(),
        _ => code.to_string(),
    }
}

/// What a report's code means: `NHS Number not found`.
pub(crate) fn status(code: &str) -> &'static str {
    mesh::status::known(&StatusEvent::Send, code).map_or("", |fault| fault.text)
}

/// Who a letter comes from and what the two roads lead to, in a word.
pub(crate) struct Names {
    pub(crate) sender: String,
    pub(crate) receiver: String,
}

impl Names {
    pub(crate) fn of(places: &Places, origin: &Origin) -> Self {
        let (sender, receiver) = match origin {
            Origin::Sender => (places.sender.short.clone(), places.receiver.short.clone()),
            Origin::Receiver => (places.receiver.short.clone(), places.sender.short.clone()),
            Origin::Visitor(mailbox) => (mailbox.to_string(), places.receiver.short.clone()),
        };
        Self { sender, receiver }
    }
}

/// What a letter is called: by its patient, else by the number it was addressed to, else by who sent it.
pub(crate) fn title(frame: &Frame<'_>, names: &Names) -> (String, String) {
    let about = frame.letter.about();
    match (about.patient.as_str(), about.nhs_number.as_str()) {
        ("", "") => (
            format!("Letter {} of {}", frame.letter.number, names.sender),
            String::new(),
        ),
        ("", number) => (number.to_owned(), String::new()),
        (patient, number) => (patient.to_owned(), number.to_owned()),
    }
}

/// The two lines beside a stage's mark, and the small line under them.
pub(crate) fn stage(frame: &Frame<'_>, stage: Stage) -> [String; 3] {
    let took = frame
        .since_start(stage)
        .map(since_start)
        .unwrap_or_default();
    let lines =
        |first: &str, second: &str, small: String| [first.to_owned(), second.to_owned(), small];
    match (stage, frame.mark(stage)) {
        (Stage::Written, Mark::Later | Mark::Never) => lines(
            "writes a letter with its PDF,",
            "puts the pair into OUT",
            took,
        ),
        (Stage::Written, _) if matches!(frame.letter.origin, Origin::Visitor(_)) => {
            lines("a system of your own", "writes the letter", took)
        }
        (Stage::Written, _) => lines(
            "writes the letter with its PDF,",
            "puts the pair into OUT",
            took,
        ),
        (Stage::Sent, Mark::Done | Mark::Now) if !took.is_empty() => {
            lines("sent, mutual TLS", "", format!("{took}, 202"))
        }
        (Stage::Sent, Mark::Held) => lines("not taken yet", "", tries(frame)),
        (Stage::Sent, Mark::Now) => lines("being sent", "", String::new()),
        (Stage::Sent, Mark::Stopped) => lines("not sent", "", stop_code(frame)),
        (Stage::Traced, Mark::Held) => lines("no answer,", &tries(frame), next_try(frame)),
        (Stage::Traced, Mark::Stopped) => {
            let [first, second] = traced_stop(&stop_code(frame));
            lines(first, second, stopped_small(frame))
        }
        (Stage::Traced, Mark::Done | Mark::Now) if !took.is_empty() => {
            let practice = practice(frame).unwrap_or_default();
            lines(
                "number, name,",
                "birth date agree",
                format!("{took}, {practice}"),
            )
        }
        (Stage::Traced, Mark::Now) => {
            lines("is asked for the", "patient’s practice", String::new())
        }
        (Stage::Found, Mark::Stopped) => {
            let [first, second] = found_stop(&stop_code(frame));
            lines(first, second, stopped_small(frame))
        }
        (Stage::Found, Mark::Done | Mark::Now) if !took.is_empty() => {
            lines("one mailbox", &recipient(frame).unwrap_or_default(), took)
        }
        (Stage::Found, Mark::Never) => lines("not asked", "", String::new()),
        (Stage::Collected, Mark::Done | Mark::Now) if !took.is_empty() => {
            lines("collected", "", took)
        }
        (Stage::Collected, Mark::Now) if is_begun(frame) => {
            lines("being collected", "", String::new())
        }
        (Stage::Collected, Mark::Now) => lines("waits in the inbox", "", String::new()),
        (Stage::Collected, Mark::Stopped) => lines("never collected", "", stop_code(frame)),
        (Stage::Task, Mark::Done | Mark::Now) if !took.is_empty() => lines(
            "checked rule by rule,",
            "task raised with the document",
            took,
        ),
        (Stage::Task, Mark::Now) => lines("checks it rule by rule", "", String::new()),
        (Stage::Task, Mark::Stopped) => {
            lines("refuses it:", &stop_words(frame), stopped_small(frame))
        }
        (Stage::Collected, Mark::Never) => lines("not reached", "", String::new()),
        (Stage::Traced | Stage::Found, _) => lines("not asked yet", "", String::new()),
        (Stage::Sent | Stage::Collected, _) => lines("not yet", "", String::new()),
        (Stage::Task, _) => lines(
            "checks it rule by rule, raises a",
            "task with the document",
            String::new(),
        ),
        (Stage::Infrastructure | Stage::Business, _) => lines("", "", took),
    }
}

fn is_begun(frame: &Frame<'_>) -> bool {
    let begun = frame.letter.begun(Stage::Collected);
    begun.is_some_and(|begun| begun <= frame.at)
}

fn tries(frame: &Frame<'_>) -> String {
    match frame.letter.held(frame.at) {
        Some((_, 1, _)) => "tried once".to_owned(),
        Some((_, tries, _)) => format!("tried {tries} times"),
        None => String::new(),
    }
}

fn next_try(frame: &Frame<'_>) -> String {
    match frame.letter.held(frame.at) {
        Some((_, _, Some(next))) => {
            let wait = next.duration_since(frame.at);
            if wait.is_positive() {
                format!("next in {}", time(wait))
            } else {
                "next now".to_owned()
            }
        }
        _ => String::new(),
    }
}

fn stop_code(frame: &Frame<'_>) -> String {
    frame
        .letter
        .stopped()
        .map(|(_, _, code)| code)
        .unwrap_or_default()
}

fn stop_words(frame: &Frame<'_>) -> String {
    let code = stop_code(frame);
    match code.as_str() {
        "20009" => "it cannot be used".to_owned(),
        "20007" => "it came before".to_owned(),
        _ => format!("response {code}"),
    }
}

fn stopped_small(frame: &Frame<'_>) -> String {
    match frame.letter.stopped() {
        Some((_, at, code)) => {
            format!(
                "{}, {code}",
                time(at.duration_since(frame.letter.started()))
            )
        }
        None => String::new(),
    }
}

fn traced_stop(code: &str) -> [&'static str; 2] {
    match code {
        "EPL-153" => ["knows nobody by", "this number"],
        "EPL-154" => ["name or birth", "date differ"],
        "EPL-152" => ["is not asked: no", "NHS number"],
        _ => ["the letter", "stops here"],
    }
}

fn found_stop(code: &str) -> [&'static str; 2] {
    match code {
        "EPL-150" => ["several mailboxes", "take this"],
        _ => ["no mailbox there", "takes this"],
    }
}

/// The practice that PDS named.
pub(crate) fn practice(frame: &Frame<'_>) -> Option<String> {
    frame
        .letter
        .steps
        .iter()
        .find_map(|step| match &step.event {
            journey::Event::Routed { practice, .. } => Some(practice.to_string()),
            _ => None,
        })
}

/// The mailbox that was looked up.
pub(crate) fn recipient(frame: &Frame<'_>) -> Option<String> {
    frame
        .letter
        .steps
        .iter()
        .find_map(|step| match &step.event {
            journey::Event::Delivered { recipient, .. } => Some(recipient.to_string()),
            _ => None,
        })
}

/// Where the letter is, in one sentence after its name.
pub(crate) fn sentence(frame: &Frame<'_>, names: &Names) -> String {
    let time = time(frame.elapsed());
    let (sender, receiver) = (&names.sender, &names.receiver);
    match &frame.verdict {
        Verdict::Delivered => {
            format!("is delivered. Both answers are back at {sender} after {time}.")
        }
        Verdict::Refused(code) => {
            let words = response(*code);
            format!("was answered with {words}. {sender} has the answer after {time}.")
        }
        Verdict::NotDelivered(code) => {
            let words = status(code);
            format!("is not delivered after {time}. {code}: {words}.")
        }
        Verdict::NoAnswer => format!("is at {receiver}, and no answer has come for {time}."),
        Verdict::Waiting(Stage::Sent, tries, _) => {
            format!("waits at {sender}: tried {tries} times in {time}. Nothing is lost.")
        }
        Verdict::Waiting(_, tries, _) => {
            format!(
                "waits at the exchange: PDS was asked {tries} times in {time}. Nothing is lost."
            )
        }
        Verdict::UnderWay => {
            let place = place(frame, names);
            if frame.elapsed().as_millis() <= 0 {
                return format!("{place}.");
            }
            format!("{place}, {time} after the start.")
        }
    }
}

fn place(frame: &Frame<'_>, names: &Names) -> String {
    let (sender, receiver) = (&names.sender, &names.receiver);
    let told = frame.since_start(frame.stage).is_some();
    match frame.stage {
        Stage::Written if told => format!("is in OUT at {sender}"),
        Stage::Written => format!("is being written at {sender}"),
        Stage::Sent if told => "is at the exchange".to_owned(),
        Stage::Sent => format!("is between {sender} and the exchange"),
        Stage::Traced | Stage::Found => "is at the exchange".to_owned(),
        Stage::Collected if told => format!("is in IN at {receiver}"),
        Stage::Collected if is_begun(frame) => format!("is between the exchange and {receiver}"),
        Stage::Collected => format!("is at the exchange, in the inbox of {receiver}"),
        Stage::Task if told => format!("is a task at {receiver}"),
        Stage::Task => format!("is being checked at {receiver}"),
        Stage::Infrastructure if told => format!("has its first answer at {sender}"),
        Stage::Business if told => format!("has its second answer at {sender}"),
        Stage::Infrastructure | Stage::Business => {
            format!("is at {receiver}, its answers are on the way back")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_milliseconds_under_a_second_and_in_words_above() {
        for (milliseconds, words) in [
            (118, "118 ms"),
            (5_210, "5.2 s"),
            (130_000, "2 min"),
            (93_600_000, "26 h"),
        ] {
            assert_eq!(time(SignedDuration::from_millis(milliseconds)), words);
        }
    }

    #[test]
    fn bytes_are_grouped() {
        assert_eq!(bytes(48_312), "48,312 bytes");
        assert_eq!(bytes(712), "712 bytes");
        assert_eq!(bytes(4_100_000), "4,100,000 bytes");
    }
}
