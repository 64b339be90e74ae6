-- Format 5.
-- As in SQLite, `message` rows never change, and what happens to a message is told by rows beside it. `pending` is kept
-- by mailbox, which costs little here. Lists are indexes of `message` and `routed`: a cursor over `seq` would miss what
-- another server commits later under a lower number. `usage` is what the messages that a mailbox sent take;
-- a job's `turn` in `routing` is the one after its sender's last, or that of the job at the head, if that is later. `purge_order` holds what an operator wants removed.
-- `tally` is how much happened in each minute and hour (`span` in seconds), bounded by their age.
-- `step` is what happened to a message, written behind it.
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
CREATE INDEX message_workflow ON message (workflow, seq);
CREATE INDEX message_report ON message (seq) WHERE kind = 1;
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
  attempts bigint NOT NULL, next_at bigint NOT NULL, node text, leased_until bigint NOT NULL,
  sender text NOT NULL DEFAULT '', turn bigint NOT NULL DEFAULT 0);
CREATE INDEX routing_due ON routing (next_at, seq);
CREATE INDEX routing_turn ON routing (turn, next_at, seq);
CREATE INDEX routing_sender ON routing (sender, turn);
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
CREATE TABLE step (
  seq bigint NOT NULL, number bigint NOT NULL, at bigint NOT NULL, place text NOT NULL,
  what text NOT NULL);
CREATE INDEX step_seq ON step (seq, number);
CREATE TABLE used_token (token bytea PRIMARY KEY, forget_at bigint NOT NULL);
CREATE INDEX used_token_forget ON used_token (forget_at);
CREATE TABLE lease (name text PRIMARY KEY, node text NOT NULL, until bigint NOT NULL);
CREATE TABLE audit (
  number bigint PRIMARY KEY, at bigint NOT NULL, actor text NOT NULL, action text NOT NULL,
  subject text NOT NULL, detail text NOT NULL, about text, hash bytea NOT NULL);
CREATE INDEX audit_subject ON audit (subject, number);
CREATE INDEX audit_about ON audit (about, number) WHERE about IS NOT NULL;
CREATE TABLE audit_head (number bigint NOT NULL, hash bytea NOT NULL);
CREATE TABLE quarantine (
  seq bigint PRIMARY KEY, id text, at bigint NOT NULL, reason text NOT NULL);
CREATE TABLE usage (
  mailbox text PRIMARY KEY, messages bigint NOT NULL, bytes bigint NOT NULL,
  waiting bigint NOT NULL);
CREATE TABLE purge_order (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mailbox text NOT NULL,
  states text NOT NULL, before bigint NOT NULL, at bigint NOT NULL, removed bigint);
CREATE TABLE tally (
  span bigint NOT NULL, began bigint NOT NULL, what text NOT NULL, amount bigint NOT NULL,
  PRIMARY KEY (span, began, what));
CREATE TABLE mailbox (
  id text PRIMARY KEY, name text NOT NULL, ods text NOT NULL, organisation_name text NOT NULL,
  billing_entity text NOT NULL, active boolean NOT NULL, password bytea NOT NULL);
CREATE TABLE workflow (id text PRIMARY KEY, patient_routing boolean NOT NULL);
CREATE TABLE workflow_right (
  workflow text NOT NULL, side text NOT NULL, mailbox text NOT NULL,
  PRIMARY KEY (workflow, side, mailbox));
CREATE TABLE revoked_certificate (serial text PRIMARY KEY, at bigint NOT NULL);
