-- SQL that SQLite and PostgreSQL both take: BYTEA is no type of SQLite's, which stores a blob in it
-- all the same. Heights are blocks, txids are in internal order.

CREATE TABLE users (
  user_id BYTEA NOT NULL PRIMARY KEY,
  dialect SMALLINT NOT NULL,
  available_slots BIGINT NOT NULL,
  subscription_start BIGINT NOT NULL,
  subscription_expiry BIGINT NOT NULL
);

CREATE INDEX users_by_expiry ON users (subscription_expiry);

-- The key answers both questions: "whose is this locator?" for each block, and "does this user have
-- it?" for each request. The uuid follows from it and is not stored.
CREATE TABLE appointments (
  locator BYTEA NOT NULL,
  user_id BYTEA NOT NULL,
  encrypted_blob BYTEA NOT NULL,
  to_self_delay BIGINT NOT NULL,
  user_signature TEXT NOT NULL,
  start_block BIGINT NOT NULL,
  PRIMARY KEY (locator, user_id)
);

CREATE INDEX appointments_by_user ON appointments (user_id);

-- A dispute that was seen, and the penalty that answers it. Holds all that is needed to see it
-- through, should its user's subscription end meanwhile.
CREATE TABLE trackers (
  locator BYTEA NOT NULL,
  user_id BYTEA NOT NULL,
  slots INTEGER NOT NULL,
  dispute_tx BYTEA NOT NULL,
  dispute_txid BYTEA NOT NULL,
  penalty_tx BYTEA NOT NULL,
  penalty_txid BYTEA NOT NULL,
  status SMALLINT NOT NULL,
  status_height BIGINT NOT NULL,
  status_reason TEXT NOT NULL,
  PRIMARY KEY (locator, user_id)
);

CREATE INDEX trackers_by_penalty ON trackers (penalty_txid);
CREATE INDEX trackers_by_status ON trackers (status, status_height);

CREATE TABLE last_known_block (
  id SMALLINT NOT NULL PRIMARY KEY,
  hash TEXT NOT NULL,
  height BIGINT NOT NULL
);
