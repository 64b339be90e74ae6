-- How much happened in each minute and hour.
CREATE TABLE tally (
  span INTEGER NOT NULL, began INTEGER NOT NULL, what TEXT NOT NULL, amount INTEGER NOT NULL,
  PRIMARY KEY (span, began, what)) WITHOUT ROWID;
