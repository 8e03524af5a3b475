-- Exports have formats. Those that were audited without one were workbooks.
ALTER TABLE export_audits ADD COLUMN format text COLLATE "C" NOT NULL DEFAULT 'xlsx';
