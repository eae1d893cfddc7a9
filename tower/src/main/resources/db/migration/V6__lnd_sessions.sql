-- Sessions of lnd's clients. Their updates are appointments: the hint is the locator, the session's key
-- the user. The numbers are unsigned 16-bit integers, but the fee rate, which is satoshi per 1,000 units
-- of weight, and the reward, which is satoshi and millionths; its script is empty without one.
CREATE TABLE sessions (
  user_id BYTEA NOT NULL PRIMARY KEY,
  blob_type INTEGER NOT NULL,
  max_updates INTEGER NOT NULL,
  reward_base BIGINT NOT NULL,
  reward_rate BIGINT NOT NULL,
  reward_script BYTEA NOT NULL,
  sweep_fee_rate BIGINT NOT NULL,
  last_applied INTEGER NOT NULL,
  client_last_applied INTEGER NOT NULL,
  start_block BIGINT NOT NULL
);
