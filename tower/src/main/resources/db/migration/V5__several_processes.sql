-- For several processes on one PostgreSQL database; nothing of it is used in SQLite's file.

-- Who watches the chain, in one row. Each new holder has an epoch of its own, by which the writes of
-- one that has lost the lease without noticing are refused. What is wrong with the holder's bitcoind,
-- if something is, is for front ends to tell users.
CREATE TABLE lease (
  id SMALLINT NOT NULL PRIMARY KEY,
  epoch BIGINT NOT NULL,
  holder TEXT NOT NULL,
  expires TIMESTAMP WITH TIME ZONE NOT NULL,
  unfit BOOLEAN NOT NULL,
  trouble TEXT NOT NULL
);

INSERT INTO lease (id, epoch, holder, expires, unfit, trouble)
  VALUES (1, 0, '', '2000-01-01 00:00:00+00:00', FALSE, '');

-- Appointments that front ends have taken, and that who watches has not heard of yet; one may be there
-- several times. The id is random.
CREATE TABLE arrivals (
  id BYTEA NOT NULL PRIMARY KEY,
  locator BYTEA NOT NULL,
  user_id BYTEA NOT NULL
);

-- The tower's id, in one row: all processes have to sign with its key.
CREATE TABLE tower_id (
  id SMALLINT NOT NULL PRIMARY KEY,
  public_key BYTEA NOT NULL
);
