-- How much happened in each minute and hour, on all servers.
CREATE TABLE tally (
  span bigint NOT NULL, began bigint NOT NULL, what text NOT NULL, amount bigint NOT NULL,
  PRIMARY KEY (span, began, what));
