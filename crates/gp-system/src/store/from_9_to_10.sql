-- From version 9 to 10: what came in an Update Record, what was decided about each of its entries, and what was filed.
ALTER TABLE task ADD COLUMN needs_review INTEGER NOT NULL DEFAULT 0;

-- record: JSON, as it came, without the bytes of reports, which are attachments of the task. revision counts saves.
CREATE TABLE review (
    task     TEXT PRIMARY KEY REFERENCES task (id),
    record   TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0
);

-- Every decision, the first first; the last about an entry counts. entry: its place in the record, from 0. decision: JSON.
-- revision: of the save it was made in.
CREATE TABLE review_act (
    id       INTEGER PRIMARY KEY,
    task     TEXT NOT NULL REFERENCES review (task),
    entry    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    who      TEXT NOT NULL,
    decision TEXT NOT NULL,
    revision INTEGER NOT NULL
);
CREATE INDEX review_act_by_task ON review_act (task);

-- What was filed, as JSON. Withdrawn when the review was taken up again, or when a newer version was filed by that task.
CREATE TABLE filed_record (
    id           INTEGER PRIMARY KEY,
    task         TEXT NOT NULL REFERENCES review (task),
    record       TEXT NOT NULL,
    withdrawn_at INTEGER,
    withdrawn_by TEXT,
    replaced_by  TEXT
);
CREATE INDEX filed_record_by_task ON filed_record (task);
