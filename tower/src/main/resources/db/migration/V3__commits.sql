-- How many commits there have been, in one row: by it a database that has lost some is known.
CREATE TABLE commits (
  number BIGINT NOT NULL
);

INSERT INTO commits (number) VALUES (0);
