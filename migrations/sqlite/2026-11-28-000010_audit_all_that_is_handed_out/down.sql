ALTER TABLE export_audit_ends DROP COLUMN requests;
ALTER TABLE export_audits DROP COLUMN task_ids;
ALTER TABLE export_audits DROP COLUMN action;
ALTER TABLE export_audits DROP COLUMN via;
