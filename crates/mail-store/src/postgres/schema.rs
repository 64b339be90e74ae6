use tokio_postgres::{Client, Transaction};

use super::connect::meaning;
use crate::StoreError;
use crate::audit::before_the_first;

/// The format of the tables; a change that an older program could not read raises it.
pub(super) const FORMAT: i64 = 1;

/// Held while the tables are made, so that nodes that start together do not make them twice.
const MAKING: i64 = 0x7265_7374_616e_7465;

/// As in SQLite, `message` rows never change, and what happens to a message is told by rows beside
/// it. `pending` is kept by mailbox, which costs little here. Lists are indexes of `message` and
/// `routed`: a cursor over `seq` would miss what another node commits later under a lower number.
const TABLES: &str = "
CREATE TABLE fact (name text PRIMARY KEY, value bigint NOT NULL);
CREATE TABLE message (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text NOT NULL UNIQUE,
  kind bigint NOT NULL, sender text, recipient text, workflow text NOT NULL,
  sent_at bigint NOT NULL, total_chunks bigint NOT NULL, flags bigint NOT NULL, local_id bytea,
  subject bytea, file_name bytea, partner_id bytea, checksum bytea, content_type bytea,
  report_code text, report_event text, report_text text, report_linked text,
  length bigint NOT NULL, object text, sha256 bytea, body bytea);
CREATE INDEX message_sent ON message (sender, seq);
CREATE INDEX message_received ON message (recipient, seq);
CREATE INDEX message_local_id ON message (sender, local_id, seq) WHERE local_id IS NOT NULL;
CREATE INDEX message_object ON message (object) WHERE object IS NOT NULL;
CREATE TABLE chunk (
  seq bigint NOT NULL, number bigint NOT NULL, length bigint NOT NULL, object text, sha256 bytea,
  body bytea, PRIMARY KEY (seq, number));
CREATE INDEX chunk_object ON chunk (object) WHERE object IS NOT NULL;
CREATE TABLE uploading (
  seq bigint PRIMARY KEY, received bigint NOT NULL, address bytea, order_key bytea);
CREATE TABLE completed (seq bigint PRIMARY KEY, at bigint NOT NULL, length bigint NOT NULL);
CREATE TABLE routing (
  seq bigint PRIMARY KEY, address bytea NOT NULL, order_key bytea NOT NULL, since bigint NOT NULL,
  attempts bigint NOT NULL, next_at bigint NOT NULL, node text, leased_until bigint NOT NULL);
CREATE INDEX routing_due ON routing (next_at, seq);
CREATE INDEX routing_order ON routing (order_key, seq);
CREATE TABLE routed (
  seq bigint PRIMARY KEY, recipient text NOT NULL, hidden bigint NOT NULL, at bigint NOT NULL);
CREATE INDEX routed_received ON routed (recipient, seq);
CREATE SEQUENCE position;
CREATE TABLE pending (
  recipient text NOT NULL, position bigint NOT NULL, seq bigint NOT NULL UNIQUE, id text NOT NULL,
  workflow text NOT NULL, since bigint NOT NULL, PRIMARY KEY (recipient, position));
CREATE INDEX pending_since ON pending (since);
CREATE TABLE acknowledged (seq bigint PRIMARY KEY, position bigint NOT NULL, at bigint NOT NULL);
CREATE TABLE failed (
  seq bigint PRIMARY KEY, state text NOT NULL, at bigint NOT NULL, code text NOT NULL,
  event text NOT NULL, description text NOT NULL, linked text);
CREATE TABLE list_reset (mailbox text PRIMARY KEY, seq bigint NOT NULL);
CREATE TABLE used_token (token bytea PRIMARY KEY, forget_at bigint NOT NULL);
CREATE INDEX used_token_forget ON used_token (forget_at);
CREATE TABLE duty (name text PRIMARY KEY, node text NOT NULL, until bigint NOT NULL);
CREATE TABLE audit (
  number bigint PRIMARY KEY, at bigint NOT NULL, actor text NOT NULL, action text NOT NULL,
  subject text NOT NULL, detail text NOT NULL, about text, hash bytea NOT NULL);
CREATE INDEX audit_subject ON audit (subject, number);
CREATE INDEX audit_about ON audit (about, number) WHERE about IS NOT NULL;
CREATE TABLE audit_head (number bigint NOT NULL, hash bytea NOT NULL);
CREATE TABLE quarantine (
  seq bigint PRIMARY KEY, id text, at bigint NOT NULL, reason text NOT NULL);
CREATE TABLE mailbox (
  id text PRIMARY KEY, name text NOT NULL, ods text NOT NULL, organisation_name text NOT NULL,
  billing_entity text NOT NULL, active boolean NOT NULL, password bytea NOT NULL);
CREATE TABLE workflow (id text PRIMARY KEY, patient_routing boolean NOT NULL);
CREATE TABLE workflow_right (
  workflow text NOT NULL, side text NOT NULL, mailbox text NOT NULL,
  PRIMARY KEY (workflow, side, mailbox));
CREATE TABLE revoked_certificate (serial text PRIMARY KEY, at bigint NOT NULL);
";

/// The tables that a backup keeps: all but `duty`, whose leases are of nodes that run.
pub(super) const KEPT: [&str; 19] = [
    "fact",
    "message",
    "chunk",
    "uploading",
    "completed",
    "routing",
    "routed",
    "pending",
    "acknowledged",
    "failed",
    "list_reset",
    "used_token",
    "audit",
    "audit_head",
    "quarantine",
    "mailbox",
    "workflow",
    "workflow_right",
    "revoked_certificate",
];

/// What numbers messages and places in inboxes; a number is never used twice.
pub(super) const SEQUENCES: [&str; 2] = ["message_seq_seq", "position"];

/// Makes the tables when they are new; refuses those of another format.
pub(super) async fn prepare(client: &mut Client) -> Result<(), StoreError> {
    let transaction = client.transaction().await.map_err(meaning)?;
    lock(&transaction).await?;
    if !is_made(transaction.client()).await? {
        transaction.batch_execute(TABLES).await.map_err(meaning)?;
        let facts = "INSERT INTO fact VALUES ('directory_version', 0), ('format', $1)";
        transaction
            .execute(facts, &[&FORMAT])
            .await
            .map_err(meaning)?;
        let head = before_the_first();
        transaction
            .execute("INSERT INTO audit_head VALUES (0, $1)", &[&head.as_slice()])
            .await
            .map_err(meaning)?;
    }
    check_format(transaction.client()).await?;
    transaction.commit().await.map_err(meaning)
}

/// Makes the tables, with nothing in them, where there are none.
pub(super) async fn make_empty(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    lock(transaction).await?;
    is_free(transaction.client()).await?;
    transaction.batch_execute(TABLES).await.map_err(meaning)
}

async fn lock(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let sql = "SELECT pg_advisory_xact_lock($1)";
    let locked = transaction.execute(sql, &[&MAKING]).await;
    locked.map(drop).map_err(meaning)
}

/// Refuses a database with tables.
pub(super) async fn is_free(client: &Client) -> Result<(), StoreError> {
    if !is_made(client).await? {
        return Ok(());
    }
    let reason = "[store.postgresql] the database holds a mail store; a backup is restored into one \
                  that holds none";
    Err(StoreError::Configuration(reason.to_owned()))
}

/// Refuses a database without tables, and tables of another format.
pub(super) async fn check(client: &Client) -> Result<(), StoreError> {
    if is_made(client).await? {
        return check_format(client).await;
    }
    let reason = "[store.postgresql] the database holds no mail store: there is no table `fact`";
    Err(StoreError::Configuration(reason.to_owned()))
}

async fn is_made(client: &Client) -> Result<bool, StoreError> {
    client
        .query_one("SELECT to_regclass('fact') IS NOT NULL", &[])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(meaning)
}

async fn check_format(client: &Client) -> Result<(), StoreError> {
    let found: i64 = client
        .query_opt("SELECT value FROM fact WHERE name = 'format'", &[])
        .await
        .and_then(|row| row.map_or(Ok(0), |row| row.try_get(0)))
        .map_err(meaning)?;
    is_known(found)
}

/// Refuses another format.
pub(super) fn is_known(found: i64) -> Result<(), StoreError> {
    if found == FORMAT {
        return Ok(());
    }
    Err(StoreError::Format {
        found,
        expected: FORMAT,
    })
}
