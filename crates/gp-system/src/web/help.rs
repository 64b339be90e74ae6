//! What a newcomer to a practice's pages should know.

use maud::Markup;
use pages::{Topic, help_page};

use super::context::View;

/// A few words on each section.
pub(super) async fn page(view: View) -> Markup {
    help_page(&view, &TOPICS)
}

const TOPICS: [Topic; 9] = [
    Topic {
        id: "overview",
        title: "Overview",
        words: &[
            "What is to do: letters, alerts by kind, reports without an acknowledgement for too long. Each line leads to the list \
             of what it counts, and says how old the oldest is. Beside it is how the reports sent stand. The page renews itself.",
            "Below are the messages that arrived last, refused ones too, with what this practice answered.",
        ],
    },
    Topic {
        id: "inbox",
        title: "Inbox",
        words: &[
            "Letters from other organisations. A letter says whether it is For Action or For Information.",
            "Compare the patient in the letter with your own record before you file it. File to the record says that it is dealt \
             with here; Return says why it is not for this practice, and does not tell the sender: telephone them.",
            "The line above a letter says whom it is about and what was compared with your own list of patients. Amber means that \
             something differs or could not be compared: then filing asks once more, and the answer is kept in the letter's \
             history. Text, PDF, Files, Journey and History are views of the same letter; Next and Previous go through the list \
             that you came from.",
            "A newer version of a letter takes the place of the one before. Letters marked Update Record are decided entry by \
             entry in their review.",
            "Export as CSV gives all letters that your choices find, for a spreadsheet.",
        ],
    },
    Topic {
        id: "sent",
        title: "Sent",
        words: &[
            "The reports of this practice and how far each has come. Delivered means that the registered practice took the report \
             and knows the patient (codes 20013 and 30001).",
            "A failed report says what happened and what to do, and offers it: correct it and send it again, or open the report to \
             print and post it. Acknowledgements of which none will come are marked so. Until both answers are here, do not assume that the other \
             practice has read it.",
        ],
    },
    Topic {
        id: "new",
        title: "New consultation",
        words: &[
            "Enter a consultation with somebody else's patient and check the report before it is sent. Where it goes is decided by \
             the Personal Demographics Service (PDS), by the patient's NHS number and date of birth.",
            "What the practice knows is filled in: open a line to change it. What you type is kept as a draft of yours for seven \
             days, and nothing is sent before you have seen the report.",
            "The report waits for some minutes. Until then you can change or delete the consultation, and nothing has left.",
        ],
    },
    Topic {
        id: "alerts",
        title: "Alerts",
        words: &[
            "What the program cannot settle by itself: a report that failed, an answer that is overdue, a letter about somebody \
             who is not known here. Alerts of one cause stand together; each leads to the letter or consultation it is about.",
            "Deal with the cause first, then mark the group, or the alerts you choose, as dealt with; say in the note what you \
             did. Undo takes that back, and under Dealt with each alert can be reopened. Who did what is kept.",
        ],
    },
    Topic {
        id: "check",
        title: "Check a message",
        words: &[
            "Paste or upload a message to see which rules it breaks and where. Nothing of it is stored.",
        ],
    },
    Topic {
        id: "settings",
        title: "Settings",
        words: &[
            "How this practice is set up, what is kept for how long, and whether its list of patients was read without a \
             mistake. Settings are changed in the configuration file, by whoever runs the program.",
        ],
    },
    Topic {
        id: "users",
        title: "Users",
        words: &[
            "One account for each person, with the least role that does their work. Disable the account of somebody who \
             leaves; their name stays with what they did.",
        ],
    },
    Topic {
        id: "account",
        title: "Your account",
        words: &[
            "Behind your name at the top: change your password and end sessions on other machines. Sign out when you leave \
             a shared machine; a session ends by itself after half an hour without work.",
        ],
    },
];
