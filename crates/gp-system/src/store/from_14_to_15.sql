-- From version 14 to 15: drafts that are typed and not checked yet, and the clinicians whose consultations a user enters.
ALTER TABLE draft RENAME TO draft_before;
CREATE TABLE draft (
    id             TEXT PRIMARY KEY,
    owner          TEXT,
    -- When it was kept last.
    made_at        INTEGER NOT NULL,
    -- The consultation as it was last checked; none where nothing was yet.
    body           TEXT,
    -- The form as it was typed since; none where the report was looked at since.
    form           TEXT,
    -- The patient as lists name them; empty where none is entered yet.
    patient        TEXT NOT NULL,
    updates        TEXT,
    report         BLOB,
    report_version INTEGER,
    CHECK (body IS NOT NULL OR form IS NOT NULL)
);
INSERT INTO draft (id, owner, made_at, body, patient, updates, report, report_version)
    SELECT id, owner, made_at, body, iif(json_valid(body), coalesce(json_extract(body, '$.patient.family_name'), ''), ''),
        updates, report, report_version FROM draft_before;
DROP TABLE draft_before;
CREATE INDEX draft_by_owner ON draft (owner, made_at);
CREATE INDEX draft_by_time ON draft (made_at);

CREATE TABLE clinician (
    owner       TEXT NOT NULL,
    sds_user_id TEXT NOT NULL,
    used_at     INTEGER NOT NULL,
    -- A practitioner of the consultation format, in JSON.
    body        TEXT NOT NULL,
    PRIMARY KEY (owner, sds_user_id)
) WITHOUT ROWID;
