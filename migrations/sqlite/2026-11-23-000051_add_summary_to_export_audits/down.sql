ALTER TABLE export_audits DROP COLUMN summary;
