-- From version 12 to 13: alerts are dealt with in groups, each act kept; sent consultations are searched.
-- What was done with alerts. act: what was done at once, to one alert or to many.
CREATE TABLE alert_step (
    alert INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    act   INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    -- Nobody: no user was signed in.
    who   TEXT,
    -- settled or reopened.
    what  TEXT NOT NULL,
    note  TEXT,
    PRIMARY KEY (alert, act)
) WITHOUT ROWID;
CREATE INDEX alert_step_by_act ON alert_step (act);
INSERT INTO alert_step (alert, act, at, who, what, note)
    SELECT id, id, settled_at, settled_by, 'settled', note FROM alert WHERE settled_at IS NOT NULL;

-- Alerts in the same words are one group; each index holds what grouping and counting need.
CREATE INDEX alert_open ON alert (what, at) WHERE settled_at IS NULL;
CREATE INDEX alert_by_cause ON alert (substr(key, 1, instr(key, ':') - 1), settled_at, at);
CREATE INDEX alert_by_consultation ON alert (consultation) WHERE consultation IS NOT NULL;

-- Consultations are numbered as they are entered, so their number is their time.
ALTER TABLE consultation ADD COLUMN number INTEGER;
UPDATE consultation SET number = rowid;
CREATE UNIQUE INDEX consultation_by_number ON consultation (number);
CREATE INDEX consultation_by_state_and_number ON consultation (state, number);
CREATE INDEX consultation_overdue ON consultation (number) WHERE overdue;
ALTER TABLE consultation ADD COLUMN nhs_number TEXT;
-- Where the patient is registered, as it was entered.
ALTER TABLE consultation ADD COLUMN receiving_practice TEXT;
UPDATE consultation SET nhs_number = json_extract(body, '$.patient.nhs_number'),
    receiving_practice = json_extract(body, '$.receiving_practice')
    WHERE json_valid(body);

-- The words of a consultation, by its number: they change while it waits, and go with it.
CREATE VIRTUAL TABLE consultation_search USING fts5 (
    patient, nhs_number, practice,
    content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
INSERT INTO consultation_search (consultation_search, rank) VALUES ('secure-delete', 1);
INSERT INTO consultation_search (rowid, patient, nhs_number, practice)
    SELECT number, patient, coalesce(nhs_number, ''), coalesce(receiving_practice, '')
    FROM consultation;
CREATE TRIGGER consultation_entered AFTER INSERT ON consultation BEGIN
    INSERT INTO consultation_search (rowid, patient, nhs_number, practice)
    VALUES (new.number, new.patient, coalesce(new.nhs_number, ''),
        coalesce(new.receiving_practice, ''));
END;
CREATE TRIGGER consultation_changed
AFTER UPDATE OF patient, nhs_number, receiving_practice ON consultation BEGIN
    INSERT INTO consultation_search (consultation_search, rowid, patient, nhs_number, practice)
    VALUES ('delete', old.number, old.patient, coalesce(old.nhs_number, ''),
        coalesce(old.receiving_practice, ''));
    INSERT INTO consultation_search (rowid, patient, nhs_number, practice)
    VALUES (new.number, new.patient, coalesce(new.nhs_number, ''),
        coalesce(new.receiving_practice, ''));
END;
CREATE TRIGGER consultation_removed AFTER DELETE ON consultation BEGIN
    INSERT INTO consultation_search (consultation_search, rowid, patient, nhs_number, practice)
    VALUES ('delete', old.number, old.patient, coalesce(old.nhs_number, ''),
        coalesce(old.receiving_practice, ''));
END;
