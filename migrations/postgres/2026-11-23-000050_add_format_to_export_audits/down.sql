ALTER TABLE export_audits DROP COLUMN format;
