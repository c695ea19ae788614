-- How often a card's PIN may still be tried, by the keyed hash of its certificate's issuer and serial number. No tries
-- left is locked; NULL is a card without a PIN.
CREATE TABLE pin_accounts (
    card       TEXT   NOT NULL PRIMARY KEY,
    tries      BIGINT,
    generation BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);
CREATE INDEX pin_accounts_seen ON pin_accounts (seen_at);

-- Visits that a fallback settled. PII: the body may hold the EMR's number of the patient.
CREATE TABLE fallback_cases (
    id            TEXT   NOT NULL PRIMARY KEY,
    caller        TEXT   NOT NULL,
    request_id    TEXT   NOT NULL,
    body          TEXT   NOT NULL,
    reconciled_at BIGINT,
    UNIQUE (caller, request_id)
);
CREATE INDEX fallback_cases_open ON fallback_cases (id) WHERE reconciled_at IS NULL;
CREATE INDEX fallback_cases_settled ON fallback_cases (reconciled_at) WHERE reconciled_at IS NOT NULL;
