-- Users that are deleted, and whose appointments are yet to be: there may be very many of them.
CREATE TABLE outdated_users (
  user_id BYTEA NOT NULL PRIMARY KEY
);
