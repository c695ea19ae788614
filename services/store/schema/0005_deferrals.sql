-- Eligibility checks that were put off while the service was away. PII: the proof until the check is settled, the answer
-- until its time is up.
CREATE TABLE deferrals (
    id            TEXT   NOT NULL PRIMARY KEY,
    check_in_id   TEXT   NOT NULL UNIQUE,
    counter_id    TEXT   NOT NULL,
    medium        TEXT   NOT NULL,
    method        TEXT   NOT NULL,
    certificate   TEXT   NOT NULL,
    because       TEXT   NOT NULL,
    state         TEXT   NOT NULL,
    verified_at   BIGINT NOT NULL,
    queued_at     BIGINT NOT NULL,
    attempt_count BIGINT NOT NULL,
    last_reason   TEXT,
    settled_at    BIGINT,
    proof         TEXT,
    answer        TEXT,
    -- The state that the audit chain was told last; empty before the first.
    witnessed     TEXT   NOT NULL
);
CREATE INDEX deferrals_open ON deferrals (attempt_count, id) WHERE state = 'open';
CREATE INDEX deferrals_untold ON deferrals (id) WHERE witnessed <> state;
CREATE INDEX deferrals_queued ON deferrals (queued_at);
CREATE INDEX deferrals_answered ON deferrals (settled_at) WHERE answer IS NOT NULL;
