//! The MESH API client, and the agent that serves a mailbox's directories.
