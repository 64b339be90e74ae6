-- From version 10 to 11: which alerts left by which channel, so that a restart neither loses nor repeats one.
CREATE TABLE alert_sent (
    alert   INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    -- webhook or email.
    channel TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (alert, channel)
) WITHOUT ROWID;
CREATE INDEX alert_sent_by_time ON alert_sent (channel, at);
