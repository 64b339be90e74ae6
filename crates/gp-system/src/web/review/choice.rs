//! What stands in the fields of one entry: what was decided before, or what somebody just chose.

use update_record::{
    Amendment, Code, Content, Decision, Entry, LONGEST_AMENDMENT, Mark, ReviewError,
};

/// Which of the radio buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// As it came; of an entry with a mark, in spite of it.
    Take,
    /// As the suggestion has it.
    Suggested,
    Amend,
    Refuse,
}

impl What {
    const ALL: [Self; 4] = [Self::Take, Self::Suggested, Self::Amend, Self::Refuse];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::Suggested => "suggested",
            Self::Amend => "amend",
            Self::Refuse => "refuse",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.as_str() == text)
    }
}

/// The fields of one entry.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) what: Option<What>,
    pub(super) code: String,
    pub(super) meaning: String,
    pub(super) text: String,
    pub(super) dosage: String,
    pub(super) reason: String,
}

/// Which field a decision fails in, and what to do.
pub(super) type Wrong = (&'static str, String);

impl Choice {
    /// As it came, or as it was decided.
    pub(super) fn of(entry: &Entry, decision: Option<&Decision>) -> Self {
        let mut choice = Self {
            what: match decision {
                None => None,
                Some(Decision::Accepted | Decision::Kept) => Some(What::Take),
                Some(Decision::Amended(amendment)) if is_suggestion(entry, amendment) => {
                    Some(What::Suggested)
                }
                Some(Decision::Amended(_)) => Some(What::Amend),
                Some(Decision::Refused { .. }) => Some(What::Refuse),
            },
            text: entry.text.clone().unwrap_or_default(),
            dosage: dosage(entry),
            ..Self::default()
        };
        choice.set_code(entry.code.as_ref());
        match decision {
            Some(Decision::Amended(amendment)) => {
                choice.set_code(amendment.code.as_ref());
                choice.text = amendment.text.clone().unwrap_or_default();
                if let Some(dosage) = &amendment.dosage {
                    choice.dosage.clone_from(dosage);
                }
            }
            Some(Decision::Refused { reason }) => choice.reason.clone_from(reason),
            _ => {}
        }
        choice
    }

    fn set_code(&mut self, code: Option<&Code>) {
        let display = code.and_then(|code| code.display.clone());
        self.code = code.map(|code| code.code.clone()).unwrap_or_default();
        self.meaning = display.unwrap_or_default();
    }

    /// The decision these fields make; none where nothing is chosen.
    pub(super) fn decision(&self, entry: &Entry) -> Result<Option<Decision>, Wrong> {
        let decision = match self.what {
            None => return Ok(None),
            Some(What::Take) if entry.marks.is_empty() => Decision::Accepted,
            Some(What::Take) => Decision::Kept,
            Some(What::Suggested) => Decision::Amended(suggested(entry).ok_or_else(|| {
                (
                    "entry",
                    "Choose again: nothing is suggested here".to_owned(),
                )
            })?),
            Some(What::Amend) => Decision::Amended(self.amendment(entry)),
            Some(What::Refuse) => Decision::Refused {
                reason: lines(&self.reason),
            },
        };
        match decision.check(entry) {
            Ok(()) => Ok(Some(decision)),
            Err(error) => Err(self.wrong(entry, error)),
        }
    }

    fn amendment(&self, entry: &Entry) -> Amendment {
        let may_have_code = entry.content != Content::Text;
        let filled = |text: &str| Some(lines(text)).filter(|text| !text.is_empty());
        // What is too long for a field stays as it came.
        let text = match &entry.text {
            Some(came) if is_too_long(came) => Some(came.clone()),
            _ => filled(&self.text),
        };
        Amendment {
            code: filled(&self.code)
                .filter(|_| may_have_code)
                .map(|code| Code {
                    system: system(entry, &code),
                    code,
                    display: filled(&self.meaning),
                }),
            text,
            dosage: matches!(entry.content, Content::Supply(_)).then(|| lines(&self.dosage)),
        }
    }

    fn wrong(&self, entry: &Entry, error: ReviewError) -> Wrong {
        let is_text = entry.content == Content::Text;
        let (field, words) = match error {
            ReviewError::NoReason => ("reason", "Enter why this entry is refused"),
            ReviewError::Nothing if is_text => ("text", "Enter the text to file"),
            ReviewError::Nothing => ("code", "Enter a code or a text to file"),
            ReviewError::Unchanged if is_text => ("text", "Change the text, or accept the entry"),
            ReviewError::Unchanged => ("code", "Change something, or take the entry as it came"),
            ReviewError::TooLong if self.what == Some(What::Refuse) => {
                ("reason", "Enter a reason of 4,000 characters at most")
            }
            ReviewError::TooLong => (
                "text",
                "Enter 4,000 characters at most, 255 of a code and its meaning",
            ),
            ReviewError::StillMarked(Mark::CheckDigit) => {
                ("code", "Enter a code with a right check digit, or none")
            }
            ReviewError::StillMarked(Mark::NoDisplay) => ("meaning", "Enter what the code means"),
            ReviewError::StillMarked(Mark::MixedCodes) => (
                "code",
                "Enter a code that belongs to the systolic and diastolic codes of this reading, or refuse it",
            ),
            ReviewError::StillMarked(_) => (
                "code",
                "Enter a code that means what the text says: these two disagree",
            ),
            _ => ("entry", "Choose what is to become of this entry"),
        };
        (field, words.to_owned())
    }
}

/// What the check digit of a typed code says, and whether its meaning is known here.
pub(super) fn verdict(code: &str) -> String {
    let digit = if update_record::is_sctid(code) {
        "check digit right"
    } else {
        "check digit wrong"
    };
    match update_record::meaning(code) {
        Some(name) => format!("{code}: {digit}, known here as “{name}”."),
        None => format!("{code}: {digit}, name not known here."),
    }
}

/// The amendment that a warning suggests.
pub(super) fn suggested(entry: &Entry) -> Option<Amendment> {
    Some(Amendment {
        code: Some(entry.suggestion()?),
        text: entry.text.clone(),
        dosage: None,
    })
}

fn is_suggestion(entry: &Entry, amendment: &Amendment) -> bool {
    suggested(entry).as_ref() == Some(amendment)
}

/// A code that stays keeps its system, whatever that is.
fn system(entry: &Entry, code: &str) -> String {
    match &entry.code {
        Some(came) if came.code == code => came.system.clone(),
        _ => entry.system_to_amend().to_owned(),
    }
}

/// Whether a text is too long to be amended on the page: then it is taken as it came, or refused.
pub(super) fn is_too_long(text: &str) -> bool {
    text.chars().nth(LONGEST_AMENDMENT).is_some()
}

fn dosage(entry: &Entry) -> String {
    match &entry.content {
        Content::Supply(supply) => supply.dosage.join("\n"),
        _ => String::new(),
    }
}

/// As it was before a browser made its line ends of it.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}
