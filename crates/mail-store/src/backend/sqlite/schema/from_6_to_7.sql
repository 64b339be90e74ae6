-- Steps of messages' ways, and what finds messages by workflow and reports. The list by workflow begins empty and is filled
-- behind, as every list is.
CREATE INDEX message_report ON message (seq) WHERE kind = 1;
CREATE TABLE of_workflow (
  workflow TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (workflow, seq)) WITHOUT ROWID;
CREATE TABLE step (
  seq INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, place TEXT NOT NULL,
  what TEXT NOT NULL, PRIMARY KEY (seq, number)) WITHOUT ROWID;
