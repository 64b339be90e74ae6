-- From version 13 to 14: whom a letter says it is about, and how that compared with the practice's own list when it came. All
-- are unknown of what older versions took; of later letters a name or date that the letter lacks is empty.
ALTER TABLE task ADD COLUMN family_name TEXT;
ALTER TABLE task ADD COLUMN given_names TEXT;
-- 1946-06-23.
ALTER TABLE task ADD COLUMN birth_date TEXT;
-- Words without patient data.
ALTER TABLE task ADD COLUMN match_then TEXT;

-- When a pair was put into OUT, and when the exchange had it or it failed: unknown of what older versions placed.
ALTER TABLE outbox ADD COLUMN handed_at INTEGER;
ALTER TABLE outbox ADD COLUMN left_at INTEGER;
