-- The table that 0.1 made outside the format number comes inside it, and the message that a report is about gets a
-- column of its own: until now it was found in the detail's text.
CREATE TABLE IF NOT EXISTS audit_subject (
  subject TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (subject, number)) WITHOUT ROWID;
ALTER TABLE audit ADD COLUMN about TEXT;
UPDATE audit SET about = substr(detail, instr(detail, ' about=') + 7)
  WHERE action = 'reported' AND instr(detail, ' about=') > 0;
