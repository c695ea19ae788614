-- One row, written again and again: whether the database can be written is known only by writing it.
CREATE TABLE heartbeat (
    id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    beats BIGINT  NOT NULL
);
INSERT INTO heartbeat (id, beats) VALUES (1, 0);
