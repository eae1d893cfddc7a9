-- A user's locators in their order, from any of them on: with the locator in the index, a page of them is
-- read without a look at the user's other appointments.
DROP INDEX appointments_by_user;

CREATE INDEX appointments_by_user ON appointments (user_id, locator);

-- A session that nothing was ever sent to may lose the capacity that was reserved for its updates: it gets
-- it back with its first update, if there is any.
ALTER TABLE sessions ADD COLUMN lapsed SMALLINT NOT NULL DEFAULT 0;

CREATE INDEX sessions_unused ON sessions (start_block) WHERE last_applied = 0;

-- How many updates of a session are stored: not more than it may have, however often the last number is sent
-- again with another hint.
ALTER TABLE sessions ADD COLUMN stored INTEGER NOT NULL DEFAULT 0;

UPDATE sessions SET stored = last_applied;
