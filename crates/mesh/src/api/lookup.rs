//! Bodies of endpoint lookup and workflow search.

use serde::{Deserialize, Serialize};

/// One mailbox of a version 1 lookup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupItemV1 {
    /// The mailbox id.
    pub address: String,
    /// The mailbox's name.
    pub description: String,
    /// Always `MESH`.
    pub endpoint_type: String,
}

/// Version 1 endpoint lookup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupV1 {
    /// An id of the query.
    pub query_id: String,
    /// The mailboxes found; empty when none (200 all the same).
    pub results: Vec<LookupItemV1>,
}

/// One mailbox of a version 2 lookup or of a workflow search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxItem {
    /// The mailbox id.
    pub mailbox_id: String,
    /// The mailbox's name.
    pub mailbox_name: String,
}

/// Version 2 endpoint lookup, and the workflow search of both versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxesV2 {
    /// The mailboxes found; empty when none.
    pub results: Vec<MailboxItem>,
}
