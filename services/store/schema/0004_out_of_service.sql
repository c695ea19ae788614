-- Readers that staff took out of service, by the reader's id.
CREATE TABLE out_of_service (
    reader_id TEXT   NOT NULL PRIMARY KEY,
    since     BIGINT NOT NULL,
    staff_id  TEXT   NOT NULL,
    note      TEXT   NOT NULL
);
