-- Consent receipts, append-only: one a visit, and those outside of visits one a request. PII: hashes of certificates.
CREATE TABLE consent_receipts (
    id                     TEXT   NOT NULL PRIMARY KEY,
    check_in_id            TEXT   UNIQUE,
    counter_id             TEXT,
    certificate_thumbprint TEXT   NOT NULL,
    card_key               TEXT,
    decisions              TEXT   NOT NULL,
    others                 TEXT   NOT NULL,
    wording_version        TEXT   NOT NULL,
    language               TEXT   NOT NULL,
    method                 TEXT   NOT NULL,
    attestation            TEXT,
    requester              TEXT,
    purpose                TEXT   NOT NULL,
    recorded_at            BIGINT NOT NULL,
    token                  TEXT,
    caller                 TEXT,
    request_id             TEXT,
    UNIQUE (caller, request_id)
);
INSERT INTO consent_receipts (id, check_in_id, counter_id, certificate_thumbprint, decisions, others, wording_version,
        language, method, purpose, recorded_at)
    SELECT id, check_in_id, counter_id, certificate_thumbprint, decisions, '[]', wording_version,
        language, method, '', recorded_at
    FROM receipts;
DROP TABLE receipts;
CREATE INDEX consent_receipts_certificate ON consent_receipts (certificate_thumbprint, id);
CREATE INDEX consent_receipts_card ON consent_receipts (card_key, id);
CREATE INDEX consent_receipts_recorded ON consent_receipts (recorded_at);

-- What came later, append-only: one word of each kind (withdrawal, confirmation) a receipt.
CREATE TABLE consent_words (
    receipt_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    body       TEXT NOT NULL,
    PRIMARY KEY (receipt_id, kind)
);

-- Until when the national service gives an item.
CREATE TABLE consent_windows (
    receipt_id      TEXT   NOT NULL,
    item            TEXT   NOT NULL,
    available_until BIGINT NOT NULL,
    PRIMARY KEY (receipt_id, item)
);
CREATE INDEX consent_windows_until ON consent_windows (available_until);

-- What happened to receipts, in order, append-only. The item is empty where it is about the whole receipt.
CREATE TABLE consent_happenings (
    sequence   BIGINT NOT NULL PRIMARY KEY,
    receipt_id TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    item       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    UNIQUE (receipt_id, kind, item)
);
