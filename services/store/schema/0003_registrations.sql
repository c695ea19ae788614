-- Cards that were registered as insurance cards with the eligibility stand-in, by SHA-256 of the certificate's key.
CREATE TABLE registrations (
    spki_sha256   TEXT   NOT NULL PRIMARY KEY,
    registered_at BIGINT NOT NULL
);
