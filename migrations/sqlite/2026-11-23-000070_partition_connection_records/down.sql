-- SQLite has no partitions, and this changes nothing: it is here because both databases have the same migrations.
SELECT 1;
