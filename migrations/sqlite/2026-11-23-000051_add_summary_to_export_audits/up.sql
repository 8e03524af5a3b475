-- Whether a summary was asked for, as it was sent.
ALTER TABLE export_audits ADD COLUMN summary TEXT;
