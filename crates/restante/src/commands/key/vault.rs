//! `restante key rotate vault`.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use exchange::{KeyChange, Operator, Resealing};

use super::Rotation;
use crate::error::Error;
use crate::output::{self, Format};
use crate::target::Target;

/// Servers look for changed keys every second; the old key is not forgotten before they had this long.
const NOTICED: Duration = Duration::from_secs(5);

pub async fn run(target: &Target, rotation: &Rotation, format: Format) -> Result<ExitCode, Error> {
    let operator = target.operator()?;
    if rotation.prepare {
        operator.prepare_vault_key()?;
        return prepared(&operator, format);
    }
    let resealing = if rotation.finish {
        wait_until_noticed(&operator).await;
        operator.finish_vault_key()?
    } else {
        let is_shared = target.place()?.store.postgresql.is_some();
        if is_shared && operator.key_files().change()? == KeyChange::None {
            return Err(Error::Usage(prepare_first(&operator)));
        }
        operator.rotate_vault_key()?
    };
    print(&resealing, rotation.finish, format)?;
    Ok(if resealing.unreadable == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn wait_until_noticed(operator: &Operator) {
    let age = |at| SystemTime::now().duration_since(at).ok();
    if let Some(age) = operator.key_files().changed_at().and_then(age) {
        tokio::time::sleep(NOTICED.saturating_sub(age)).await;
    }
}

fn prepare_first(operator: &Operator) -> String {
    format!(
        "the records are in PostgreSQL, so other servers may use this key too: first --prepare, and copy {} \
         beside the key of each; then rotate on each",
        operator.key_files().next().display()
    )
}

fn prepared(operator: &Operator, format: Format) -> Result<ExitCode, Error> {
    let next = operator.key_files().next();
    output::print(format, &serde_json::json!({ "next": next }), |out| {
        writeln!(
            out,
            "the next vault key is {}; where servers have copies of the key, copy it beside each, then: \
             restante key rotate vault",
            next.display()
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

fn print(resealing: &Resealing, finished: bool, format: Format) -> Result<(), Error> {
    let Resealing {
        passwords,
        addresses,
        unreadable,
    } = resealing;
    let result = serde_json::json!({
        "finished": finished,
        "passwords": passwords,
        "addresses": addresses,
        "unreadable": unreadable,
    });
    output::print(format, &result, |out| {
        writeln!(
            out,
            "sealed anew: {passwords} passwords, {addresses} patient addresses that wait"
        )?;
        if *unreadable > 0 {
            writeln!(
                out,
                "{unreadable} sealed texts open with no known key and stay as they are"
            )?;
        }
        if finished {
            writeln!(out, "the old vault key is forgotten")
        } else {
            writeln!(
                out,
                "the old vault key still opens; when every server runs with the new one: \
                 restante key rotate vault --finish"
            )
        }
    })
}
