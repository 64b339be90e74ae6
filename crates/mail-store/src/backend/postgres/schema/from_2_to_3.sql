-- What the messages of each mailbox take, the senders and turns of routing jobs, and what operators want removed.
CREATE TABLE usage (
  mailbox text PRIMARY KEY, messages bigint NOT NULL, bytes bigint NOT NULL,
  waiting bigint NOT NULL);
INSERT INTO usage (mailbox, messages, bytes, waiting)
  SELECT m.sender, count(*), sum(m.length + coalesce(c.length, 0))::bigint, count(w.seq)
  FROM message m
    LEFT JOIN (SELECT seq, sum(length) AS length FROM chunk GROUP BY seq) c ON c.seq = m.seq
    LEFT JOIN (SELECT seq FROM pending UNION SELECT seq FROM routing
      UNION SELECT seq FROM uploading) w ON w.seq = m.seq
  WHERE m.sender IS NOT NULL GROUP BY m.sender;
ALTER TABLE routing ADD COLUMN sender text NOT NULL DEFAULT '';
UPDATE routing q SET sender = coalesce(m.sender, '') FROM message m WHERE m.seq = q.seq;
ALTER TABLE routing ADD COLUMN turn bigint NOT NULL DEFAULT 0;
UPDATE routing SET turn = t.turn FROM (
  SELECT seq, row_number() OVER (PARTITION BY sender ORDER BY next_at, seq) AS turn FROM routing) t
  WHERE t.seq = routing.seq;
CREATE INDEX routing_turn ON routing (turn, next_at, seq);
CREATE INDEX routing_sender ON routing (sender, turn);
CREATE TABLE purge_order (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mailbox text NOT NULL,
  states text NOT NULL, before bigint NOT NULL, at bigint NOT NULL, removed bigint);
