//! Whether a code means what its display and text say, as far as the codes that are known here go.

use super::entry::{Code, Content, Entry, Mark, Measured};
use crate::check::subject::Resource;
use crate::vocabulary::{self, CALLED, TRIPLETS, is_header};
use crate::{is_sctid, names};

/// What is to be looked at in a code and the text beside it.
pub(super) fn of_code(code: &Code, text: Option<&str>) -> Vec<Mark> {
    let mut marks = Vec::new();
    let display = code.display.as_deref();
    let is_listed = [names::SNOMED, names::DMD].contains(&code.system.as_str());
    if is_listed && !is_sctid(&code.code) {
        marks.push(Mark::CheckDigit);
    }
    if display.is_none() {
        marks.push(Mark::NoDisplay);
    }
    // The text of a declined examination is its reason, not its name.
    let text = text.filter(|_| code.code != vocabulary::ABPM_DECLINED);
    let contradict = display.zip(text).is_some_and(|(display, text)| {
        is_short(text) && vocabulary::denies(display) != vocabulary::denies(text)
    });
    let mut said = display
        .into_iter()
        .chain(text.filter(|text| is_short(text)));
    if contradict || said.any(|said| !means(&code.code, said)) {
        marks.push(Mark::Disagrees);
    }
    marks
}

/// Whether the statuses of a resource let it be taken for what was so or was done. One that is missing is a
/// matter of the rules.
pub(super) fn is_final(resource: &Resource<'_>) -> bool {
    let (path, finals): (_, &[&str]) = match resource.element.name() {
        "Observation" => ("status", &["final", "amended", "corrected"]),
        "MedicationDispense" => ("status", &["completed", "stopped"]),
        "Condition" => (
            "verificationStatus",
            &["provisional", "differential", "confirmed", "unknown"],
        ),
        _ => ("status", &["completed"]),
    };
    let status = resource.value(path);
    status.is_none_or(|status| finals.contains(&status))
}

/// A name, not an account of something.
fn is_short(text: &str) -> bool {
    text.chars().count() <= 80
}

/// Whether a code that is known here may be called so.
fn means(code: &str, said: &str) -> bool {
    let said_small = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said_small.contains(word));
    let is_called = CALLED.iter().find(|called| called.code == code);
    let agrees = match code {
        vocabulary::PREGNANT => !vocabulary::denies(said),
        vocabulary::NOT_PREGNANT => vocabulary::denies(said),
        _ => true,
    };
    let part = TRIPLETS.iter().find_map(|row| {
        let is_upper = row.systolic == code;
        let is_lower = row.diastolic == code;
        match (is_upper, is_lower) {
            (true, _) => Some("systolic"),
            (_, true) => Some("diastolic"),
            _ => (row.header == code).then_some("blood pressure"),
        }
    });
    agrees
        && is_called.is_none_or(|called| called.words.is_empty() || has(called.words))
        && part.is_none_or(|word| has(&[word, "bp"]))
}

/// Whether the codes of a blood pressure do not belong together; never of anything else.
pub(super) fn is_mixed(header: &str, values: &[Measured]) -> bool {
    let of = |wanted: &str| {
        let mut parts = values.iter().filter_map(|value| value.part.as_ref());
        parts.any(|part| part.code == wanted)
    };
    let mut rows = TRIPLETS.iter();
    is_header(header)
        && !rows.any(|row| row.header == header && of(row.systolic) && of(row.diastolic))
}

/// The marks of what came that another code or text does not take away: of its values, its heading, its
/// status.
pub(super) fn left_by_amendment(came: &Entry, amended: &Entry) -> Vec<Mark> {
    let is_of_pregnancy = amended
        .code
        .as_ref()
        .is_some_and(|code| is_pregnancy_status(&code.code));
    let stays = |mark: &Mark| match mark {
        Mark::Disagrees | Mark::CheckDigit | Mark::NoDisplay | Mark::MixedCodes => false,
        Mark::PregnancyOfMale => is_of_pregnancy,
        _ => true,
    };
    let mut left: Vec<Mark> = came.marks.iter().copied().filter(stays).collect();
    if let Content::Observation(values) = &came.content {
        let parts = values.iter().filter_map(|value| value.part.as_ref());
        left.extend(parts.flat_map(|part| of_code(part, None)));
    }
    left.sort_unstable();
    left.dedup();
    left
}

/// Whether a code says that somebody is pregnant, or is not.
pub(super) fn is_pregnancy_status(code: &str) -> bool {
    [vocabulary::PREGNANT, vocabulary::NOT_PREGNANT].contains(&code)
}

impl Entry {
    /// The code that would say what the text says, where a code that is known here says the opposite.
    pub fn suggestion(&self) -> Option<Code> {
        if !self.marks.contains(&Mark::Disagrees) {
            return None;
        }
        let sent = self.code.as_ref()?;
        if !is_pregnancy_status(&sent.code) {
            return None;
        }
        let said = self.text.as_deref().or(sent.display.as_deref())?;
        let mut both = [vocabulary::NOT_PREGNANT, vocabulary::PREGNANT].into_iter();
        let code = both.find(|code| means(code, said))?;
        (code != sent.code).then(|| Code {
            system: names::SNOMED.to_owned(),
            code: code.to_owned(),
            display: vocabulary::meaning(code).map(str::to_owned),
        })
    }
}
