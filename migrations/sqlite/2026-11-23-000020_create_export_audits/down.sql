DROP TABLE export_audit_ends;
DROP TABLE export_audits;
