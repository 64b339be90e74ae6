//! The forms of the alerts: dealing with a group or with chosen ones, undoing that, reopening one.

use axum::extract::{Form, Path, State};
use axum::response::Redirect;
use pages::{Notice, Problem};

use super::filter::Filter;
use crate::web::context::{Pages, View};
use crate::{AlertChoice, AlertReopening, ConsultationId};

type Fields = Form<Vec<(String, String)>>;

fn of<'a>(fields: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    let mut fields = fields.iter();
    let found = fields.find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.as_str())
}

/// The alerts that a form names: its group, or those that were chosen.
fn choice(fields: &[(String, String)]) -> AlertChoice {
    let number = |name| of(fields, name)?.parse().ok();
    match (of(fields, "deal"), number("like"), number("up_to")) {
        (Some("all"), Some(like), Some(up_to)) => AlertChoice::Group { like, up_to },
        _ => AlertChoice::These(
            fields
                .iter()
                .filter(|(name, _)| name == "alert")
                .filter_map(|(_, id)| id.parse().ok())
                .collect(),
        ),
    }
}

/// The consultation on whose page the form stands.
fn consultation(fields: &[(String, String)]) -> Option<ConsultationId> {
    of(fields, "consultation").and_then(ConsultationId::parse)
}

/// Marks alerts as dealt with, with a note.
pub(in crate::web) async fn settle(
    view: View,
    State(pages): State<Pages>,
    Form(fields): Fields,
) -> Result<Redirect, Problem> {
    let filter = Filter::of(&fields);
    let consultation = consultation(&fields);
    let back = match consultation {
        Some(id) => format!("/sent/{id}"),
        None => filter.address(),
    };
    let choice = choice(&fields);
    if choice == AlertChoice::These(Vec::new()) {
        view.tell(Notice::important(
            "Nothing was changed: choose the alerts that you dealt with.",
        ));
        return Ok(Redirect::to(&view.link(&back)));
    }
    let note = of(&fields, "note").map(str::to_owned);
    let act = pages.by(&view).settle_alerts(choice, note).await?;
    let back = match (act.alerts, consultation) {
        (0, _) => {
            view.tell(Notice::important("Somebody dealt with that alert already."));
            back
        }
        (_, None) => filter.after(act.number).address(),
        (_, Some(_)) => back,
    };
    Ok(Redirect::to(&view.link(&back)))
}

/// Takes back what one act dealt with.
pub(in crate::web) async fn undo(
    view: View,
    State(pages): State<Pages>,
    Form(fields): Fields,
) -> Result<Redirect, Problem> {
    let act = of(&fields, "act").and_then(|act| act.parse().ok());
    let act = act.ok_or_else(Problem::not_found)?;
    let undone = pages
        .by(&view)
        .reopen_alerts(AlertReopening::Act(act))
        .await?;
    view.tell(match undone.alerts {
        0 => Notice::important(
            "Nothing was changed: somebody worked on these alerts since, or somebody else dealt with them. Each can \
             be opened again by its own Reopen.",
        ),
        1 => Notice::success("1 alert is to be dealt with again."),
        count => Notice::success(format!("{count} alerts are to be dealt with again.")),
    });
    Ok(Redirect::to(&view.link("/alerts")))
}

/// Opens one alert again.
pub(in crate::web) async fn reopen(
    view: View,
    State(pages): State<Pages>,
    Path(alert): Path<String>,
    Form(fields): Fields,
) -> Result<Redirect, Problem> {
    let alert: i64 = alert.parse().map_err(|_| Problem::not_found())?;
    let reopened = pages
        .by(&view)
        .reopen_alerts(AlertReopening::One(alert))
        .await?;
    view.tell(match reopened.alerts {
        0 => Notice::important("Nothing was changed: that alert is open, or no longer here."),
        _ => Notice::success("The alert is to be dealt with again."),
    });
    let back = match consultation(&fields) {
        Some(id) => format!("/sent/{id}"),
        None => Filter::of(&fields).address(),
    };
    Ok(Redirect::to(&view.link(&back)))
}
