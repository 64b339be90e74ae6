-- From version 7 to 8: what the malware scanner found something in is kept in quarantine/.
ALTER TABLE received ADD COLUMN set_apart INTEGER NOT NULL DEFAULT 0;
