-- Results of visits at the terminal's own reader, each once by the hash of its file. PII: the body, until it is forgotten.
CREATE TABLE face_results (
    id       TEXT   NOT NULL PRIMARY KEY,
    found_at BIGINT NOT NULL,
    given_to TEXT,
    body     TEXT
);
CREATE INDEX face_results_waiting ON face_results (found_at) WHERE given_to IS NULL AND body IS NOT NULL;
CREATE INDEX face_results_given ON face_results (given_to) WHERE given_to IS NOT NULL;

-- Batches of eligibility checks. PII: the body holds questions and answers until the row is forgotten.
CREATE TABLE batch_checks (
    id         TEXT    NOT NULL PRIMARY KEY,
    caller     TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    is_over    BOOLEAN NOT NULL,
    updated_at BIGINT  NOT NULL,
    body       TEXT    NOT NULL,
    UNIQUE (caller, request_id)
);
CREATE INDEX batch_checks_open ON batch_checks (id) WHERE NOT is_over;
