ALTER TABLE export_audits DROP COLUMN more_filters;
