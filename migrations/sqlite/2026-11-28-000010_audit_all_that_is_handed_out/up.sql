-- Not exports alone are audited. What was audited so far were exports, straight to the client or by a task.
ALTER TABLE export_audits ADD COLUMN via TEXT NOT NULL DEFAULT 'export';
ALTER TABLE export_audits ADD COLUMN action TEXT NOT NULL DEFAULT 'read';
-- The export tasks that it was about, with a blank between two.
ALTER TABLE export_audits ADD COLUMN task_ids TEXT;
-- How many requests a row is about: pages of a list, or refusals that were counted together.
ALTER TABLE export_audit_ends ADD COLUMN requests INTEGER NOT NULL DEFAULT 1;
