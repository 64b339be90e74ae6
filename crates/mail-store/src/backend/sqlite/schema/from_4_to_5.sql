-- What the messages of each mailbox take, the senders and turns of routing jobs, and what operators want removed.
CREATE TABLE usage (
  mailbox TEXT PRIMARY KEY, messages INTEGER NOT NULL, bytes INTEGER NOT NULL,
  waiting INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO usage (mailbox, messages, bytes, waiting)
  SELECT m.sender, count(*), sum(m.length + coalesce(c.length, 0)), sum(m.seq IN (
    SELECT seq FROM pending UNION ALL SELECT seq FROM routing UNION ALL SELECT seq FROM uploading))
  FROM message m LEFT JOIN (SELECT seq, sum(length) AS length FROM chunk GROUP BY seq) c
    ON c.seq = m.seq
  WHERE typeof(m.sender) = 'text' AND typeof(m.length) = 'integer' GROUP BY m.sender;
ALTER TABLE routing ADD COLUMN sender TEXT NOT NULL DEFAULT '';
UPDATE routing SET sender = coalesce((SELECT sender FROM message m WHERE m.seq = routing.seq), '');
ALTER TABLE routing ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
UPDATE routing SET turn = t.turn FROM (
  SELECT seq, row_number() OVER (PARTITION BY sender ORDER BY next_at, seq) AS turn FROM routing) t
  WHERE t.seq = routing.seq;
CREATE INDEX routing_turn ON routing (turn, next_at);
CREATE INDEX routing_sender ON routing (sender, turn);
CREATE TABLE purge_order (
  number INTEGER PRIMARY KEY, mailbox TEXT NOT NULL, states TEXT NOT NULL, before INTEGER NOT NULL,
  at INTEGER NOT NULL, removed INTEGER);
