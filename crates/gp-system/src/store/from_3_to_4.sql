-- From version 3 to 4: drafts keep the report that was looked at; reports know who got them.
ALTER TABLE draft ADD COLUMN report BLOB;
-- The version the report was built as.
ALTER TABLE draft ADD COLUMN report_version INTEGER;

-- The mailbox that got the report: the first that answered.
ALTER TABLE consultation ADD COLUMN recipient TEXT;

-- Ids are compared without regard to case, by index.
DROP INDEX received_by_header;
DROP INDEX received_by_bundle;
DROP INDEX received_by_document;
CREATE INDEX received_by_header ON received (header_id COLLATE NOCASE);
CREATE INDEX received_by_bundle ON received (bundle_identifier COLLATE NOCASE);
CREATE INDEX received_by_document ON received (document_id COLLATE NOCASE);
DROP INDEX outbox_by_transport;
CREATE INDEX outbox_by_transport ON outbox (transport_id COLLATE NOCASE);
