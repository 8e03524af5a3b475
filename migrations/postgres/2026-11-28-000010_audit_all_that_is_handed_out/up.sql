-- Not exports alone are audited. What was audited so far were exports, straight to the client or by a task.
ALTER TABLE export_audits ADD COLUMN via text COLLATE "C" NOT NULL DEFAULT 'export';
ALTER TABLE export_audits ADD COLUMN action text COLLATE "C" NOT NULL DEFAULT 'read';
-- The export tasks that it was about, with a blank between two.
ALTER TABLE export_audits ADD COLUMN task_ids text COLLATE "C";
-- How many requests a row is about: pages of a list, or refusals that were counted together.
ALTER TABLE export_audit_ends ADD COLUMN requests bigint NOT NULL DEFAULT 1;
