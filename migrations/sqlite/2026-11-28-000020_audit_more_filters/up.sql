-- The filters that have no column of their own, as a query: percent-encoded.
ALTER TABLE export_audits ADD COLUMN more_filters TEXT;
