//! The sections of a task's document, as its page shows them.

use fhir::narrative::Narrative;
use itk3::ReceivedSection;
use itk3::payload::{Code, CodedEntry, Standing};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::{PracticeError, TaskId};

/// A coded entry as it is kept: JSON.
#[derive(Serialize, Deserialize)]
struct Kept {
    resource: String,
    /// System, code and display of each.
    codes: Vec<(String, String, String)>,
    text: Option<String>,
    /// Words, and whether they deny.
    #[serde(default)]
    standing: Vec<(String, bool)>,
}

/// Stores the sections that have something to show.
pub(crate) fn add(
    connection: &Connection,
    task: TaskId,
    sections: &[ReceivedSection],
) -> Result<(), PracticeError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO task_section (task, position, title, code, text, entries)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let shown = sections.iter().filter(|section| !section.is_empty());
    for (position, section) in (0u32..).zip(shown) {
        let entries: Vec<Kept> = section.entries.iter().map(kept).collect();
        statement.execute(params![
            task.to_string(),
            position,
            section.title,
            section.code,
            section.narrative.to_xhtml(),
            serde_json::to_string(&entries).map_err(|_| DAMAGED)?,
        ])?;
    }
    Ok(())
}

/// In their order. What is kept is made safe to show once more.
pub(crate) fn of_task(
    connection: &Connection,
    task: TaskId,
) -> Result<Vec<ReceivedSection>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT title, code, text, entries FROM task_section WHERE task = ?1 ORDER BY position",
    )?;
    let mut rows = statement.query([task.to_string()])?;
    let mut sections = Vec::new();
    while let Some(row) = rows.next()? {
        let entries: String = row.get(3)?;
        let entries: Vec<Kept> = serde_json::from_str(&entries).map_err(|_| DAMAGED)?;
        sections.push(ReceivedSection {
            title: row.get(0)?,
            code: row.get(1)?,
            narrative: Narrative::of(&row.get::<_, String>(2)?),
            entries: entries.into_iter().map(entry).collect(),
        });
    }
    Ok(sections)
}

const DAMAGED: PracticeError = PracticeError::Damaged {
    kind: "section of a task",
};

fn kept(entry: &CodedEntry) -> Kept {
    let code = |it: &Code| (it.system.clone(), it.code.clone(), it.display.clone());
    Kept {
        resource: entry.resource.clone(),
        codes: entry.codes.iter().map(code).collect(),
        text: entry.text.clone(),
        standing: entry
            .standing
            .iter()
            .map(|it| (it.words.clone(), it.denies))
            .collect(),
    }
}

fn entry(kept: Kept) -> CodedEntry {
    let code = |(system, code, display)| Code {
        system,
        code,
        display,
    };
    CodedEntry {
        resource: kept.resource,
        codes: kept.codes.into_iter().map(code).collect(),
        text: kept.text,
        standing: kept
            .standing
            .into_iter()
            .map(|(words, denies)| Standing { words, denies })
            .collect(),
    }
}
