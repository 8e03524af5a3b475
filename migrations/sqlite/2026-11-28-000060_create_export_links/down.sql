ALTER TABLE export_tasks DROP COLUMN total_count;
ALTER TABLE export_tasks DROP COLUMN written_bytes;
ALTER TABLE export_tasks DROP COLUMN written_rows;
DROP TABLE export_links;
