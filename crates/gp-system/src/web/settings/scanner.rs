//! Who looks for malware, and whether it answers now.

use std::time::Duration;

use maud::{Markup, html};
use pages::components::{Colour, SummaryRow, summary_list, tag};

use crate::{Scan, ScannedBy, ScannerAddress};

/// So long the page waits for the scanner.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn show(scan: Option<&Scan>) -> Markup {
    let Some(scan) = scan else {
        return html! {
            h2.nhsuk-heading-m #scanner { "Malware scanner" }
            p { "None: attachments are not scanned here." }
        };
    };
    html! {
        h2.nhsuk-heading-m #scanner { "Malware scanner" }
        (summary_list(&[
            SummaryRow::text("Scanner", name(scan)),
            SummaryRow::new("State now", state(scan).await),
            SummaryRow::text("Time for one attachment", format!("{} seconds at most", scan.timeout_seconds)),
            SummaryRow::text("A document that waits is told after", format!("{} minutes", scan.alert_after_minutes)),
        ]))
    }
}

/// Tried with a few harmless words.
async fn state(scan: &Scan) -> Markup {
    let tried = tokio::time::timeout(PATIENCE, scan.try_now()).await;
    match tried {
        Ok(Ok(())) => tag(Colour::Green, "Answers"),
        Ok(Err(error)) => {
            html! { (tag(Colour::Red, "Documents wait")) " " (error) "." }
        }
        Err(_) => {
            html! { (tag(Colour::Red, "Slow")) " no answer within " (PATIENCE.as_secs()) " seconds." }
        }
    }
}

/// A program's arguments may hold a secret and are left out.
fn name(scan: &Scan) -> String {
    match &scan.by {
        ScannedBy::Clamd(ScannerAddress::Unix(path)) => format!("clamd at {}", path.display()),
        ScannedBy::Clamd(ScannerAddress::Tcp(address)) => format!("clamd at {address}"),
        ScannedBy::Command(words) => {
            format!("the program {}", words.first().map_or("", String::as_str))
        }
    }
}
