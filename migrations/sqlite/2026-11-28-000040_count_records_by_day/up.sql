-- How many records each project has, by the day of UTC on which they started. The transaction that writes records keeps the
-- numbers, so that every snapshot holds those of its own records.
--
-- The number of a day is the sum of its slots, of which SQLite needs one: it has one writer at a time.
CREATE TABLE record_counts (
    project_id TEXT NOT NULL,
    -- Days since 1970-01-01 of UTC.
    day        INTEGER NOT NULL,
    slot       INTEGER NOT NULL,
    records    INTEGER NOT NULL,
    PRIMARY KEY (project_id, day, slot)
) STRICT, WITHOUT ROWID;

-- A division rounds towards zero, and a day before 1970 begins before its times.
INSERT INTO record_counts
    SELECT project_id,
        (connection_start_time - (connection_start_time % 86400000000 + 86400000000) % 86400000000) / 86400000000,
        0, count(*)
    FROM connection_records
    GROUP BY 1, 2;
