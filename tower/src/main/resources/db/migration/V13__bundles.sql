-- A blob may hold several penalties: an appointment has one tracker for each, numbered by its position.

CREATE TABLE bundle_trackers (
  locator BYTEA NOT NULL,
  user_id BYTEA NOT NULL,
  member INTEGER NOT NULL,
  slots INTEGER NOT NULL,
  dispute_txid BYTEA NOT NULL,
  dispute_height BIGINT,
  penalty_txid BYTEA NOT NULL,
  status SMALLINT NOT NULL,
  status_height BIGINT NOT NULL,
  status_reason TEXT NOT NULL,
  refusals INTEGER NOT NULL,
  retry_height BIGINT,
  conflict_txid BYTEA,
  -- to_self_delay of the appointment in blocks; 0 if unknown.
  self_delay BIGINT NOT NULL,
  -- In sat per 1,000 virtual bytes; NULL if the value of an input is unknown.
  fee_rate BIGINT,
  -- Numbers of the outputs that other penalties of the bundle spend too, 4 bytes each, big-endian.
  shared_outputs BYTEA NOT NULL,
  -- Transaction other than the dispute that the penalty waits or has waited for, and the height of its block.
  parent_txid BYTEA,
  parent_height BIGINT,
  PRIMARY KEY (locator, user_id, member)
);

INSERT INTO bundle_trackers (locator, user_id, member, slots, dispute_txid, dispute_height, penalty_txid, status,
    status_height, status_reason, refusals, retry_height, conflict_txid, self_delay, shared_outputs)
  SELECT t.locator, t.user_id, 0, t.slots, t.dispute_txid, t.dispute_height, t.penalty_txid, t.status,
    t.status_height, t.status_reason, t.refusals, t.retry_height, t.conflict_txid,
    COALESCE((SELECT a.to_self_delay FROM appointments a WHERE a.locator = t.locator AND a.user_id = t.user_id), 0),
    substr(t.penalty_txid, 1, 0)
  FROM trackers t;

DROP TABLE trackers;
ALTER TABLE bundle_trackers RENAME TO trackers;

CREATE INDEX trackers_by_dispute ON trackers (dispute_txid, locator, user_id, member);
CREATE INDEX trackers_by_penalty ON trackers (penalty_txid, locator, user_id, member);
CREATE INDEX trackers_by_status ON trackers (status, status_height);
CREATE INDEX trackers_by_retry ON trackers (user_id, retry_height);
CREATE INDEX trackers_with_alternatives ON trackers (locator, user_id) WHERE length(shared_outputs) > 0;
CREATE INDEX trackers_by_parent ON trackers (parent_txid) WHERE parent_txid IS NOT NULL;

-- The large column comes last: SQLite is slow to reach columns behind it.
CREATE TABLE bundle_penalties (
  locator BYTEA NOT NULL,
  user_id BYTEA NOT NULL,
  member INTEGER NOT NULL,
  dispute_outputs BYTEA NOT NULL,
  raw BYTEA NOT NULL,
  PRIMARY KEY (locator, user_id, member)
);

INSERT INTO bundle_penalties (locator, user_id, member, dispute_outputs, raw)
  SELECT locator, user_id, 0, dispute_outputs, raw FROM penalties;

DROP TABLE penalties;
ALTER TABLE bundle_penalties RENAME TO penalties;
