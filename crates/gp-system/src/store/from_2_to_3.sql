-- From version 2 to 3: work on tasks, drafts, who did what.
ALTER TABLE task ADD COLUMN number INTEGER;
ALTER TABLE task ADD COLUMN kind TEXT NOT NULL DEFAULT 'Consultation Summary';
ALTER TABLE task ADD COLUMN nhs_number TEXT;
-- open, filed, returned, or archived: replaced, or null and void.
ALTER TABLE task ADD COLUMN state TEXT NOT NULL DEFAULT 'open';
ALTER TABLE task ADD COLUMN reason TEXT;
ALTER TABLE task ADD COLUMN assigned_to TEXT;
ALTER TABLE task ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;
UPDATE task SET number = rowid;
UPDATE task SET state = 'archived' WHERE replaced_by IS NOT NULL OR void;
DROP INDEX task_by_time;

-- Each holds every column the inbox filters by, so that counting and skipping touch no row.
CREATE UNIQUE INDEX task_by_number ON task (number, state, for_action, assigned_to, sender);
CREATE INDEX task_by_state ON task (state, number, for_action, assigned_to, sender);
CREATE INDEX task_by_sender ON task (sender, number, state, for_action, assigned_to);
CREATE INDEX task_by_patient ON task (patient, number, state, for_action, assigned_to, sender);
CREATE INDEX task_by_subject ON task (subject, number, state, for_action, assigned_to, sender);

-- The words of a task, by its number. These words never change, and go with the task.
CREATE VIRTUAL TABLE task_search USING fts5 (
    subject, patient, nhs_number, sender,
    content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
INSERT INTO task_search (rowid, subject, patient, nhs_number, sender)
    SELECT number, subject, patient, '', sender FROM task;

CREATE TABLE task_step (
    id   INTEGER PRIMARY KEY,
    task TEXT NOT NULL REFERENCES task (id),
    at   INTEGER NOT NULL,
    -- Nobody: the system itself.
    who  TEXT,
    what TEXT NOT NULL,
    note TEXT
);
CREATE INDEX task_step_by_task ON task_step (task);

ALTER TABLE timeline ADD COLUMN who TEXT;

-- The consultation this one was entered as an update of.
ALTER TABLE consultation ADD COLUMN follows TEXT;
UPDATE consultation SET follows =
    (SELECT earlier.id FROM consultation AS earlier
     WHERE earlier.document_id = consultation.replaces);
CREATE INDEX consultation_by_followed ON consultation (follows);
CREATE INDEX consultation_by_document ON consultation (document_id);
CREATE INDEX consultation_by_time ON consultation (submitted_at);

ALTER TABLE alert ADD COLUMN settled_by TEXT;
ALTER TABLE alert ADD COLUMN note TEXT;
CREATE INDEX alert_by_settling ON alert (settled_at);

-- What somebody entered and has not sent yet.
CREATE TABLE draft (
    id      TEXT PRIMARY KEY,
    owner   TEXT,
    made_at INTEGER NOT NULL,
    body    TEXT NOT NULL,
    updates TEXT
);
