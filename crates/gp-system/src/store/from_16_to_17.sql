-- From version 16 to 17: how often a draft was kept, so that nothing replaces what it was not made from.
ALTER TABLE draft ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
