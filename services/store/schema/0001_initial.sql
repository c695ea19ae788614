-- Times are microseconds since 1970-01-01 UTC.

-- Check-ins and authentications. PII: the body holds results of visits until the row is purged.
CREATE TABLE resources (
    kind        TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    caller      TEXT    NOT NULL,
    request_id  TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    counter_id  TEXT    NOT NULL,
    sequence    BIGINT  NOT NULL,
    terminal    BOOLEAN NOT NULL,
    body        TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    PRIMARY KEY (kind, id),
    UNIQUE (kind, caller, request_id)
);
CREATE INDEX resources_open ON resources (kind, created_at) WHERE NOT terminal;
CREATE INDEX resources_ended ON resources (updated_at) WHERE terminal;

-- Consent receipts, append-only: one a visit.
CREATE TABLE receipts (
    id                     TEXT   NOT NULL PRIMARY KEY,
    check_in_id            TEXT   NOT NULL UNIQUE,
    counter_id             TEXT   NOT NULL,
    certificate_thumbprint TEXT   NOT NULL,
    decisions              TEXT   NOT NULL,
    wording_version        TEXT   NOT NULL,
    language               TEXT   NOT NULL,
    method                 TEXT   NOT NULL,
    recorded_at            BIGINT NOT NULL
);

-- The audit chain, append-only.
CREATE TABLE audit_entries (
    sequence    BIGINT NOT NULL PRIMARY KEY,
    recorded_at BIGINT NOT NULL,
    event       TEXT   NOT NULL,
    hash        TEXT   NOT NULL
);

-- Open challenges of the eligibility stand-in.
CREATE TABLE challenges (
    id         TEXT   NOT NULL PRIMARY KEY,
    bytes      TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX challenges_expiry ON challenges (expires_at);
