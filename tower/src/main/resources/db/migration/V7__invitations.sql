-- Keys that the operator has invited to register, and when, in seconds since 1970.
CREATE TABLE invitations (
  user_id BYTEA NOT NULL PRIMARY KEY,
  invited_at BIGINT NOT NULL
);
