//! What is around every page of the sandbox.

use maud::{Markup, html};
use pages::SiteAsset;
use pages::components::visible;
use pages::work::{WorkFrame, WorkLink};

use crate::sandbox::state::Sandbox;

/// What the sandbox's pages have beside the sheet of all pages of work.
pub(crate) static STYLE: SiteAsset =
    SiteAsset::style("sandbox.css", include_str!("../../../assets/sandbox.css"));
/// Keys and Copy buttons.
pub(crate) static SCRIPT: SiteAsset =
    SiteAsset::script("sandbox.js", include_str!("../../../assets/sandbox.js"));

/// A page of the sandbox.
pub(crate) struct SandboxPage<'a> {
    /// What the browser's tab says.
    pub(crate) title: &'a str,
    /// The path of the section it is in.
    pub(crate) section: &'a str,
    /// How many lines the list has, where that is known.
    pub(crate) count: usize,
    /// Whether it renews itself.
    pub(crate) is_live: bool,
    pub(crate) content: Markup,
}

impl SandboxPage<'_> {
    pub(crate) fn draw(self, sandbox: &Sandbox) -> Markup {
        let link = |name, path: &str| WorkLink::new(name, path).current(path == self.section);
        let navigation = [
            link("Messages", "/").count(self.count as u64),
            link("Mailboxes", "/mailboxes"),
            link("Send", "/send"),
            link("Faults", "/faults"),
            link("API", "/api"),
        ];
        WorkFrame {
            title: &visible(self.title),
            failed: false,
            place: "Restante sandbox",
            home: "/",
            places: &[],
            navigation: &navigation,
            who: html! { (sandbox.connection().who) },
            events: self.is_live.then(|| sandbox.site().events()),
            assets: &[
                (&STYLE, STYLE.path().to_owned()),
                (&SCRIPT, SCRIPT.path().to_owned()),
            ],
            fills: false,
            help: None,
            foot: foot(sandbox),
            content: self.content,
        }
        .draw()
    }
}

fn foot(sandbox: &Sandbox) -> Markup {
    let connection = sandbox.connection();
    let mailboxes = sandbox.exchange().mailboxes();
    let ids: Vec<&str> = mailboxes
        .iter()
        .take(10)
        .map(|mailbox| mailbox.id.as_str())
        .collect();
    html! {
        "MESH API on " code { (connection.mesh_url) } " · mailboxes " (ids.join(", "))
        @if mailboxes.len() > ids.len() { " and more" }
        " · password " code { (connection.password) }
        " · the same list as JSON: " a href="/api/v1/messages" { code { "/api/v1/messages" } }
    }
}
