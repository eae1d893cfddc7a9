-- What the operator is shown of users: their own name for a user, and when the user last signed a request, in
-- seconds since 1970. Both may be missing, so no row is rewritten.
ALTER TABLE users ADD COLUMN label TEXT;
ALTER TABLE users ADD COLUMN last_seen BIGINT;
