-- From version 4 to 5: every answer to a report with the mailbox it came from.
CREATE TABLE answer (
    id           INTEGER PRIMARY KEY,
    consultation TEXT NOT NULL REFERENCES consultation (id),
    at           INTEGER NOT NULL,
    -- Unknown for answers that older versions took.
    mailbox      TEXT,
    code         INTEGER NOT NULL
);
CREATE INDEX answer_by_consultation ON answer (consultation);
INSERT INTO answer (consultation, at, mailbox, code)
    SELECT id, coalesce(placed_at, submitted_at), recipient, infrastructure
    FROM consultation WHERE infrastructure IS NOT NULL;
INSERT INTO answer (consultation, at, mailbox, code)
    SELECT id, coalesce(placed_at, submitted_at), recipient, business
    FROM consultation WHERE business IS NOT NULL;
-- Until now the first mailbox that answered; from now on only one that is known to have got it.
UPDATE consultation SET recipient = NULL;
