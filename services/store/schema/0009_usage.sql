-- Eligibility checks without whom they were about, one row each, for the usage report.
CREATE TABLE usage_checks (
    key        TEXT NOT NULL PRIMARY KEY,
    day        TEXT NOT NULL,
    counter_id TEXT,
    kind       TEXT NOT NULL,
    medium     TEXT,
    method     TEXT
);
CREATE INDEX usage_checks_day ON usage_checks (day);
