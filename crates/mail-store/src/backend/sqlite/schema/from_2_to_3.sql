-- Checksums of records, the list of damaged ones, the audit trail's chain, and an index of local ids. Records written
-- before have no checksum.
ALTER TABLE message ADD COLUMN crc INTEGER;
ALTER TABLE chunk ADD COLUMN crc INTEGER;
ALTER TABLE audit ADD COLUMN detail TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN hash BLOB NOT NULL DEFAULT x'';
CREATE INDEX sent_local_id ON sent (mailbox, local_id) WHERE local_id IS NOT NULL;
CREATE TABLE quarantine (seq INTEGER PRIMARY KEY, id TEXT, at INTEGER NOT NULL, reason TEXT NOT NULL);
