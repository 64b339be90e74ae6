-- Steps of messages' ways, and what finds messages by workflow and reports.
CREATE INDEX message_workflow ON message (workflow, seq);
CREATE INDEX message_report ON message (seq) WHERE kind = 1;
CREATE TABLE step (
  seq bigint NOT NULL, number bigint NOT NULL, at bigint NOT NULL, place text NOT NULL,
  what text NOT NULL);
CREATE INDEX step_seq ON step (seq, number);
