-- Times are milliseconds since 1970-01-01 UTC.
CREATE TABLE consultation (
    id             TEXT PRIMARY KEY,
    body           TEXT NOT NULL,
    patient        TEXT NOT NULL,
    version        INTEGER NOT NULL,
    replaces       TEXT,
    state          TEXT NOT NULL,
    submitted_at   INTEGER NOT NULL,
    due_at         INTEGER NOT NULL,
    placed_at      INTEGER,
    subject        TEXT,
    message_id     TEXT,
    bundle_id      TEXT,
    document_id    TEXT,
    infrastructure INTEGER,
    business       INTEGER,
    overdue        INTEGER NOT NULL DEFAULT 0,
    failure_code   TEXT,
    failure_reason TEXT,
    failure_advice TEXT,
    void           INTEGER NOT NULL DEFAULT 0,
    deleted_at     INTEGER
);
CREATE INDEX consultation_by_state ON consultation (state, due_at);
CREATE INDEX consultation_by_message ON consultation (message_id);

CREATE TABLE timeline (
    id           INTEGER PRIMARY KEY,
    consultation TEXT NOT NULL REFERENCES consultation (id),
    at           INTEGER NOT NULL,
    what         TEXT NOT NULL,
    code         TEXT
);
CREATE INDEX timeline_by_consultation ON timeline (consultation);

-- Pairs to be placed in OUT. state: pending, placing (the control file is there under its hidden
-- name), placed. Exactly one of consultation and answers is set.
CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    base_name    TEXT NOT NULL UNIQUE,
    state        TEXT NOT NULL,
    transport_id TEXT,
    consultation TEXT REFERENCES consultation (id),
    answers      TEXT REFERENCES received (key),
    code         INTEGER
);
CREATE INDEX outbox_by_state ON outbox (state);
CREATE INDEX outbox_by_transport ON outbox (transport_id);
CREATE INDEX outbox_by_consultation ON outbox (consultation);
CREATE INDEX outbox_by_answered ON outbox (answers);

-- Everything taken from IN. key: the exchange's message id, or the kept name of what has none.
CREATE TABLE received (
    key               TEXT PRIMARY KEY,
    kept_as           TEXT NOT NULL,
    transport_id      TEXT,
    sender_mailbox    TEXT,
    taken_at          INTEGER NOT NULL,
    is_document       INTEGER NOT NULL,
    header_id         TEXT,
    bundle_identifier TEXT,
    document_id       TEXT,
    accepted          INTEGER NOT NULL,
    task              TEXT
);
CREATE INDEX received_by_header ON received (header_id);
CREATE INDEX received_by_bundle ON received (bundle_identifier);
CREATE INDEX received_by_document ON received (document_id);

CREATE TABLE task (
    id             TEXT PRIMARY KEY,
    received_at    INTEGER NOT NULL,
    subject        TEXT NOT NULL,
    sender         TEXT NOT NULL,
    sender_mailbox TEXT NOT NULL,
    version        INTEGER,
    for_action     INTEGER NOT NULL,
    patient        TEXT NOT NULL,
    matched        INTEGER NOT NULL,
    replaced_by    TEXT,
    replaces       TEXT,
    void           INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX task_by_time ON task (received_at);

-- Every id by which a later document may say that it replaces this one.
CREATE TABLE task_document (
    document_id TEXT NOT NULL,
    task        TEXT NOT NULL REFERENCES task (id),
    PRIMARY KEY (document_id, task)
);

CREATE TABLE attachment (
    task         TEXT NOT NULL REFERENCES task (id),
    position     INTEGER NOT NULL,
    title        TEXT NOT NULL,
    content_type TEXT NOT NULL,
    bytes        BLOB NOT NULL,
    PRIMARY KEY (task, position)
);

-- key keeps one cause from raising an alert again and again.
CREATE TABLE alert (
    id           INTEGER PRIMARY KEY,
    key          TEXT NOT NULL UNIQUE,
    at           INTEGER NOT NULL,
    what         TEXT NOT NULL,
    consultation TEXT,
    settled_at   INTEGER
);
