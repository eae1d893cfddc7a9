-- The height of the block with the dispute; NULL while that is in no block, or not known.
ALTER TABLE trackers ADD COLUMN dispute_height BIGINT;

CREATE INDEX trackers_by_dispute ON trackers (dispute_txid);

-- What became of a dispute and its penalty, one after the other. Seconds are those of Unix time.
CREATE TABLE tracker_events (
  locator BYTEA NOT NULL,
  user_id BYTEA NOT NULL,
  number INTEGER NOT NULL,
  seconds BIGINT NOT NULL,
  height BIGINT NOT NULL,
  event TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (locator, user_id, number)
);

-- The last blocks of the best chain as the tower has dealt with them, so that it finds its way back
-- after a reorg even if bitcoind has forgotten them, and knows another chain's node when it sees one.
CREATE TABLE known_blocks (
  height BIGINT NOT NULL PRIMARY KEY,
  hash TEXT NOT NULL
);

INSERT INTO known_blocks (height, hash) SELECT height, hash FROM last_known_block;

DROP TABLE last_known_block;
