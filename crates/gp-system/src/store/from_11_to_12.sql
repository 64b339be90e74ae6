-- From version 11 to 12: what a task's page shows of a document that is text under headings. text: the XHTML that is
-- allowed. entries: JSON, the coded entries beside it.
CREATE TABLE task_section (
    task     TEXT NOT NULL REFERENCES task (id),
    position INTEGER NOT NULL,
    title    TEXT NOT NULL,
    code     TEXT,
    text     TEXT NOT NULL,
    entries  TEXT NOT NULL,
    PRIMARY KEY (task, position)
);
