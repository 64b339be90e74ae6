//! Pairs in IN on workflows that this practice does not take: left where they are, and told.

use std::collections::HashSet;

use mesh::ControlFile;
use nhs::WorkflowId;

use crate::PracticeError;
use crate::directories::Found;
use crate::inner::Inner;
use crate::store::{alerts, left};

/// Characters of a workflow id that an alert shows.
const LONGEST_SHOWN: usize = 100;

/// Tells a person once of a pair that nobody here takes. While an alert about its workflow is open,
/// that alert speaks for it.
pub(super) fn tell(
    inner: &Inner,
    found: &Found,
    control: &ControlFile,
) -> Result<(), PracticeError> {
    let stated = control.workflow_id.as_deref();
    let workflow = stated.and_then(|id| WorkflowId::parse(id).ok());
    let is_anothers = |id: &WorkflowId| inner.config.other_workflows.contains(id);
    if workflow.as_ref().is_some_and(is_anothers)
        || inner
            .store
            .read(|connection| left::is_known(connection, &found.base))?
    {
        return Ok(());
    }
    let id = workflow.as_ref().map_or("", WorkflowId::as_str);
    let what = words(id);
    let is_new = inner.store.write(|transaction| {
        left::add(transaction, &found.base, id, inner.now())?;
        if alerts::is_open(transaction, &format!("foreign:{id}:"))? {
            return Ok(false);
        }
        let key = format!("foreign:{id}:{}:{}", found.base, inner.now());
        inner.alert_within(transaction, &key, &what, None)
    })?;
    inner.tell_alert(is_new, &what);
    Ok(())
}

/// What messages are told by: `on workflow X`. The id is whoever sent the message's text.
pub(super) fn on_workflow(workflow: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let shown: String = workflow.chars().filter(plain).take(LONGEST_SHOWN).collect();
    match shown.as_str() {
        "" => "without a workflow that can be read".to_owned(),
        shown => format!("on workflow {shown}, which this practice does not take"),
    }
}

fn words(workflow: &str) -> String {
    let on = on_workflow(workflow);
    format!(
        "Messages {on}, lie in IN. Their senders see them as collected, and nobody here reads them. Take \
         them by hand, or name the workflow in other_workflows if another program does."
    )
}

/// Forgets pairs that somebody took.
pub(super) fn forget_gone(inner: &Inner, present: &[Found]) -> Result<(), PracticeError> {
    let present: HashSet<&str> = present.iter().map(|found| found.base.as_str()).collect();
    let gone = inner
        .store
        .read(|connection| left::gone(connection, &present))?;
    if gone.is_empty() {
        return Ok(());
    }
    inner
        .store
        .write(|transaction| left::forget(transaction, &gone))
}
