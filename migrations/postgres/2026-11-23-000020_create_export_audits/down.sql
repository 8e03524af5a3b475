DROP TABLE export_audit_ends;
DROP TABLE export_audits;
DROP FUNCTION refuse_to_change_export_audits;
