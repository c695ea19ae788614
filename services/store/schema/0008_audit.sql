-- Whose audit chain this is.
CREATE TABLE audit_instance (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    name TEXT    NOT NULL
);

-- Signed statements of how far the chain goes, append-only.
CREATE TABLE audit_checkpoints (
    number    BIGINT NOT NULL PRIMARY KEY,
    sequence  BIGINT NOT NULL,
    statement TEXT   NOT NULL,
    jws       TEXT   NOT NULL
);
CREATE INDEX audit_checkpoints_sequence ON audit_checkpoints (sequence);

-- Sealed segments. Their entries leave audit_entries only once file_sha256 is there.
CREATE TABLE audit_segments (
    number            BIGINT  NOT NULL PRIMARY KEY,
    previous_sequence BIGINT,
    previous_hash     TEXT,
    newest_at         BIGINT  NOT NULL,
    sequence          BIGINT  NOT NULL,
    statement         TEXT    NOT NULL,
    jws               TEXT    NOT NULL,
    file_sha256       TEXT,
    forgotten         BOOLEAN NOT NULL
);

-- Events that are to be carried into an audit chain in a database of its own.
CREATE TABLE audit_outbox (
    number      BIGINT NOT NULL PRIMARY KEY,
    recorded_at BIGINT NOT NULL,
    event       TEXT   NOT NULL
);
