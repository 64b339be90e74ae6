-- From version 5 to 6: received messages have numbers and keep what was found; what others left in IN.
ALTER TABLE received ADD COLUMN number INTEGER;
UPDATE received SET number = rowid;
CREATE UNIQUE INDEX received_by_number ON received (number);
CREATE INDEX received_by_task ON received (task);
-- How much was found in it.
ALTER TABLE received ADD COLUMN errors INTEGER NOT NULL DEFAULT 0;
ALTER TABLE received ADD COLUMN warnings INTEGER NOT NULL DEFAULT 0;

-- What a message was found to break, in the order of the rules. No patient data.
CREATE TABLE finding (
    received TEXT NOT NULL REFERENCES received (key),
    position INTEGER NOT NULL,
    rule     TEXT NOT NULL,
    -- error or warning.
    severity TEXT NOT NULL,
    path     TEXT NOT NULL,
    what     TEXT NOT NULL,
    remedy   TEXT NOT NULL,
    PRIMARY KEY (received, position)
) WITHOUT ROWID;

-- Pairs in IN on workflows that this practice does not take, once they were told.
CREATE TABLE left_in_in (
    base     TEXT PRIMARY KEY,
    workflow TEXT NOT NULL,
    seen_at  INTEGER NOT NULL
) WITHOUT ROWID;
