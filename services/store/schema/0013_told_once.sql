-- What auditors are told of a check that was put off is kept in the transaction that changes it: nothing is told later.
DROP INDEX deferrals_untold;
ALTER TABLE deferrals DROP COLUMN witnessed;

-- The few entries about such checks among the many of a quarter.
CREATE INDEX audit_entries_deferrals ON audit_entries (recorded_at, sequence) WHERE event LIKE '%"deferral_id":"%';

-- The name under which an event was told, where it may be told again: the same name is one entry.
ALTER TABLE audit_entries ADD COLUMN told TEXT;
CREATE UNIQUE INDEX audit_entries_told ON audit_entries (told);

-- Those that wait already get a name too.
ALTER TABLE audit_outbox ADD COLUMN told TEXT;
UPDATE audit_outbox SET told = 'waiting-' || number || '-' || recorded_at;
