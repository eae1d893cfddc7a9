-- What has been promised to users, in slots: an appointment takes one for each 2,048 bytes of its blob.

-- Slots that a user holds, free ones and those that stored appointments take. The usage says whether the
-- user has ever signed a request: 0 no, 1 no, and the key was registered in both dialects, 2 yes.
ALTER TABLE users ADD COLUMN reserved_slots BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN key_usage SMALLINT NOT NULL DEFAULT 2;

-- How many rows of appointment_versions are the user's.
ALTER TABLE users ADD COLUMN versions BIGINT NOT NULL DEFAULT 0;

UPDATE users SET reserved_slots = available_slots + (
  SELECT COALESCE(SUM(CASE WHEN length(a.encrypted_blob) < 2048 THEN 1
                           ELSE (length(a.encrypted_blob) + 2047) / 2048 END), 0)
  FROM appointments a WHERE a.user_id = users.user_id);

-- Trackers that were imported have no appointment.
UPDATE users SET reserved_slots = reserved_slots + (
  SELECT COALESCE(SUM(t.slots), 0) FROM trackers t WHERE t.user_id = users.user_id AND NOT EXISTS (
    SELECT 1 FROM appointments a WHERE a.locator = t.locator AND a.user_id = t.user_id))
WHERE user_id IN (SELECT user_id FROM trackers WHERE slots > 0);

CREATE INDEX users_by_reserved ON users (reserved_slots);
CREATE INDEX users_unused ON users (subscription_start) WHERE key_usage < 2;

-- In one row, the slots that all users hold, and the updates that all sessions may have.
CREATE TABLE capacity (
  id SMALLINT NOT NULL PRIMARY KEY,
  reserved BIGINT NOT NULL
);

INSERT INTO capacity (id, reserved) SELECT 1,
  (SELECT COALESCE(SUM(reserved_slots), 0) FROM users)
  + (SELECT COALESCE(SUM(max_updates), 0) FROM sessions);

-- Versions of an appointment that were replaced or deleted, oldest first: of each 16 bytes of its
-- signature's r and its start block (4 bytes, big-endian). None of them may come back by being sent again
-- by somebody who has recorded it.
CREATE TABLE appointment_versions (
  locator BYTEA NOT NULL,
  user_id BYTEA NOT NULL,
  versions BYTEA NOT NULL,
  PRIMARY KEY (locator, user_id)
);

CREATE INDEX appointment_versions_by_user ON appointment_versions (user_id);
