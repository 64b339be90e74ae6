-- From version 15 to 16: letters that nobody opened yet, what was done at once so that it can be undone, and how each user has
-- the inbox.
-- When somebody who works on letters first opened it; of older ones, when somebody first did anything with it.
ALTER TABLE task ADD COLUMN opened_at INTEGER;
UPDATE task SET opened_at = coalesce(
    (SELECT min(at) FROM task_step WHERE task_step.task = task.id AND who IS NOT NULL),
    CASE WHEN state <> 'open' THEN received_at END
);

DROP INDEX task_by_number;
DROP INDEX task_by_state;
DROP INDEX task_by_sender;
DROP INDEX task_by_patient;
DROP INDEX task_by_subject;
-- Each holds every column the inbox filters by, so that counting and skipping touch no row.
CREATE UNIQUE INDEX task_by_number
    ON task (number, state, for_action, assigned_to, sender, received_at, opened_at);
CREATE INDEX task_by_state
    ON task (state, number, for_action, assigned_to, sender, received_at, opened_at);
CREATE INDEX task_by_sender
    ON task (sender, number, state, for_action, assigned_to, received_at, opened_at);
CREATE INDEX task_by_patient
    ON task (patient, number, state, for_action, assigned_to, sender, received_at, opened_at);
CREATE INDEX task_by_subject
    ON task (subject, number, state, for_action, assigned_to, sender, received_at, opened_at);

-- What was done at once has one number. before: to whom the task was assigned until then.
ALTER TABLE task_step ADD COLUMN act INTEGER;
ALTER TABLE task_step ADD COLUMN before TEXT;
CREATE INDEX task_step_by_act ON task_step (act) WHERE act IS NOT NULL;

-- The order a user chose last, and whether single keys do nothing for them.
CREATE TABLE inbox_habit (
    user     TEXT PRIMARY KEY,
    sort     TEXT,
    keys_off INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Choices that a user keeps under a name; no words that were searched for.
CREATE TABLE inbox_view (
    user    TEXT NOT NULL,
    name    TEXT NOT NULL,
    choices TEXT NOT NULL,
    PRIMARY KEY (user, name)
) WITHOUT ROWID;
