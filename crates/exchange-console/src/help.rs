//! What a newcomer to the console should know.

use maud::Markup;
use pages::{Topic, help_page};

use crate::console::View;

/// A few words on each section.
pub(crate) async fn page(view: View) -> Markup {
    help_page(&view, &TOPICS)
}

const TOPICS: [Topic; 7] = [
    Topic {
        id: "overview",
        title: "Overview",
        words: &[
            "How the exchange stands: what is to be done, what waits, how quick it is. The page renews itself.",
        ],
    },
    Topic {
        id: "mailboxes",
        title: "Mailboxes",
        words: &[
            "Each mailbox with what waits in its inbox and since when. A mailbox that has not collected for two days is named; after \
             five its messages are reported to their senders.",
        ],
    },
    Topic {
        id: "messages",
        title: "Messages",
        words: &[
            "A message is found by its id, by its sender's local id or by mailbox. Accepted means that the exchange has it, \
             acknowledged that its recipient has collected it.",
            "Subject, file name and local id may name a patient. They are shown to auditors, and each look is in the audit trail.",
        ],
    },
    Topic {
        id: "queues",
        title: "Queues",
        words: &[
            "Messages that are being routed, and uploads under way. While PDS is away messages wait here and are tried again.",
        ],
    },
    Topic {
        id: "audit",
        title: "Audit trail",
        words: &[
            "Who changed or looked at what, in a chain that shows if a line was changed or taken out.",
        ],
    },
    Topic {
        id: "settings",
        title: "Settings",
        words: &[
            "How this exchange is set up: limits, retention, certificates, the list of patients, the last backup. Settings are \
             changed in the configuration file and by commands on the machine. Secrets are never shown.",
        ],
    },
    Topic {
        id: "users",
        title: "Users",
        words: &[
            "One account for each person, with the least role that does their work. Behind your own name at the top you \
             change your password and end sessions on other machines.",
        ],
    },
];
