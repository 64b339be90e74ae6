-- From version 6 to 7: what was kept long enough is removed.
-- The ids of a removed message stay, so that it is known when it comes again.
ALTER TABLE received ADD COLUMN removed_at INTEGER;
CREATE INDEX received_by_time ON received (is_document, taken_at) WHERE removed_at IS NULL;

-- Files whose record is removed and that are about to be removed themselves: directory/name, below
-- the data directory.
CREATE TABLE doomed_file (path TEXT PRIMARY KEY) WITHOUT ROWID;

-- What was removed, a row a day.
CREATE TABLE removal (
    -- Days since 1970-01-01 UTC.
    day           INTEGER PRIMARY KEY,
    documents     INTEGER NOT NULL,
    refused       INTEGER NOT NULL,
    consultations INTEGER NOT NULL,
    answers       INTEGER NOT NULL,
    alerts        INTEGER NOT NULL,
    -- The highest number of a removed task: no task gets it again.
    last_task     INTEGER NOT NULL
);
