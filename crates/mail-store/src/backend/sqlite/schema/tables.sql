-- Format 7.
-- `message` rows never change. `pending`, `routing` and `uploading` hold what still has to be done; `acknowledged`,
-- `failed`, `routed` and `completed` what has happened. `sent`, `received`, `of_workflow` and `audit_subject` are filled behind the
-- writer's back in large batches (`Op::Index`), because an index by mailbox kept with each message would cost more than
-- the message. `audit.about` is the message that a report is about; it is not in the chain's hash. `usage` is what the
-- messages that a mailbox sent take; a job's `turn` in `routing` is the one after its sender's last, or that of the
-- job at the head, if that is later. `purge_order` holds what an
-- operator wants removed, for the server that runs. `tally` is how much happened in each minute and hour (`span` in
-- seconds), bounded by their age.
-- `step` is what happened to a message, written behind it.
CREATE TABLE fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE message (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, sender TEXT,
  recipient TEXT, workflow TEXT NOT NULL, sent_at INTEGER NOT NULL, total_chunks INTEGER NOT NULL,
  flags INTEGER NOT NULL, local_id BLOB, subject BLOB, file_name BLOB, partner_id BLOB,
  checksum BLOB, content_type BLOB, report_code TEXT, report_event TEXT, report_text TEXT,
  report_linked TEXT, length INTEGER NOT NULL, object TEXT, sha256 BLOB, body BLOB, crc INTEGER);
CREATE INDEX message_object ON message (object) WHERE object IS NOT NULL;
CREATE INDEX message_report ON message (seq) WHERE kind = 1;
CREATE TABLE chunk (
  seq INTEGER NOT NULL, number INTEGER NOT NULL, length INTEGER NOT NULL, object TEXT, sha256 BLOB,
  body BLOB, crc INTEGER, PRIMARY KEY (seq, number)) WITHOUT ROWID;
CREATE INDEX chunk_object ON chunk (object) WHERE object IS NOT NULL;
CREATE TABLE uploading (
  seq INTEGER PRIMARY KEY, received INTEGER NOT NULL, address BLOB, order_key BLOB);
CREATE TABLE completed (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, length INTEGER NOT NULL);
CREATE TABLE routing (
  seq INTEGER PRIMARY KEY, address BLOB NOT NULL, order_key BLOB NOT NULL, since INTEGER NOT NULL,
  attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, sender TEXT NOT NULL DEFAULT '',
  turn INTEGER NOT NULL DEFAULT 0);
CREATE INDEX routing_due ON routing (next_at);
CREATE INDEX routing_turn ON routing (turn, next_at);
CREATE INDEX routing_sender ON routing (sender, turn);
CREATE INDEX routing_order ON routing (order_key, next_at);
CREATE TABLE routed (
  position INTEGER PRIMARY KEY, seq INTEGER NOT NULL UNIQUE, recipient TEXT NOT NULL,
  hidden INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE pending (
  position INTEGER PRIMARY KEY, seq INTEGER NOT NULL, recipient TEXT NOT NULL, id TEXT NOT NULL,
  workflow TEXT NOT NULL, since INTEGER NOT NULL);
CREATE TABLE acknowledged (
  seq INTEGER PRIMARY KEY, position INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE failed (
  seq INTEGER PRIMARY KEY, state TEXT NOT NULL, at INTEGER NOT NULL, code TEXT NOT NULL,
  event TEXT NOT NULL, description TEXT NOT NULL, linked TEXT);
CREATE TABLE sent (
  mailbox TEXT NOT NULL, seq INTEGER NOT NULL, local_id BLOB, PRIMARY KEY (mailbox, seq))
  WITHOUT ROWID;
CREATE INDEX sent_local_id ON sent (mailbox, local_id) WHERE local_id IS NOT NULL;
CREATE TABLE received (
  mailbox TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (mailbox, seq)) WITHOUT ROWID;
CREATE TABLE of_workflow (
  workflow TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (workflow, seq)) WITHOUT ROWID;
CREATE TABLE step (
  seq INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, place TEXT NOT NULL,
  what TEXT NOT NULL, PRIMARY KEY (seq, number)) WITHOUT ROWID;
CREATE TABLE used_token (number INTEGER PRIMARY KEY, token BLOB NOT NULL, forget_at INTEGER NOT NULL);
CREATE TABLE audit (
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  subject TEXT NOT NULL, detail TEXT NOT NULL, hash BLOB NOT NULL, about TEXT);
CREATE TABLE audit_subject (
  subject TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (subject, number)) WITHOUT ROWID;
CREATE TABLE quarantine (seq INTEGER PRIMARY KEY, id TEXT, at INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE TABLE usage (
  mailbox TEXT PRIMARY KEY, messages INTEGER NOT NULL, bytes INTEGER NOT NULL,
  waiting INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE purge_order (
  number INTEGER PRIMARY KEY, mailbox TEXT NOT NULL, states TEXT NOT NULL, before INTEGER NOT NULL,
  at INTEGER NOT NULL, removed INTEGER);
CREATE TABLE tally (
  span INTEGER NOT NULL, began INTEGER NOT NULL, what TEXT NOT NULL, amount INTEGER NOT NULL,
  PRIMARY KEY (span, began, what)) WITHOUT ROWID;
CREATE TABLE mailbox (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, ods TEXT NOT NULL, organisation_name TEXT NOT NULL,
  billing_entity TEXT NOT NULL, active INTEGER NOT NULL, password BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE workflow (id TEXT PRIMARY KEY, patient_routing INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE workflow_right (
  workflow TEXT NOT NULL, side TEXT NOT NULL, mailbox TEXT NOT NULL,
  PRIMARY KEY (workflow, side, mailbox)) WITHOUT ROWID;
CREATE TABLE revoked_certificate (serial TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
