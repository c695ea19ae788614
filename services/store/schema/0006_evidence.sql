-- Evidence of visits, append-only: one a visit, kept after the visit's result was purged. It names no person; the token
-- holds the certificate's hash.
CREATE TABLE evidence (
    id          TEXT   NOT NULL PRIMARY KEY,
    check_in_id TEXT   NOT NULL UNIQUE,
    token       TEXT   NOT NULL,
    issued_at   BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
