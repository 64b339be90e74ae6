//! The links of a listing: path and query, relative to the host.

use form_urlencoded::Serializer;
use mesh::api::Links;
use nhs::MailboxId;

/// Builds the link to a page and the one to the next.
pub(super) struct PageLinks {
    path: String,
    query: String,
}

impl PageLinks {
    pub(super) fn new(mailbox: &MailboxId, list: &str) -> Self {
        Self {
            path: format!("/messageexchange/{mailbox}/{list}"),
            query: String::new(),
        }
    }

    pub(super) fn field(&mut self, name: &str, value: &str) {
        Serializer::new(&mut self.query).append_pair(name, value);
    }

    pub(super) fn field_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.field(name, value);
        }
    }

    /// The links; `next` when a page follows, with its token.
    pub(super) fn finish(mut self, next: Option<&str>) -> Links {
        let separator = if self.query.is_empty() { "" } else { "?" };
        let this = format!("{}{separator}{}", self.path, self.query);
        let next = next.map(|token| {
            self.field("continue_from", token);
            format!("{}?{}", self.path, self.query)
        });
        Links {
            this: Some(this),
            next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_repeat_the_query_and_encode_it() {
        let mailbox = MailboxId::parse("X26ABC1").unwrap();
        let links = PageLinks::new(&mailbox, "inbox").finish(None);
        assert_eq!(links.this.unwrap(), "/messageexchange/X26ABC1/inbox");
        let mut links = PageLinks::new(&mailbox, "inbox");
        links.field("workflow_filter", "!*A&B*");
        let links = links.finish(Some("a+b="));
        assert_eq!(
            links.next.unwrap(),
            "/messageexchange/X26ABC1/inbox?workflow_filter=%21*A%26B*&continue_from=a%2Bb%3D"
        );
    }
}
