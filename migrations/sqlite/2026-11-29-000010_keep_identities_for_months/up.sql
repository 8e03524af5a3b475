-- A record of SQLite is its own identity, and this changes nothing: it is here because both databases have the same migrations.
SELECT 1;
