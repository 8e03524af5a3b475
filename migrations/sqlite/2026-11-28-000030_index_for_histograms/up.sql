-- Counting by time reads this index alone: what it needs of a record besides is the user.
DROP INDEX connection_records_by_time;
CREATE INDEX connection_records_by_time
    ON connection_records (project_id, connection_start_time DESC, transaction_id DESC, user_name_key);

-- The connections that failed. They are few, and often asked for. What its condition is about is in it, or rows would be read to be
-- counted: SQLite asks for the condition once more.
CREATE INDEX connection_records_failed
    ON connection_records
        (project_id, connection_start_time DESC, transaction_id DESC, connection_setup_time, connection_failure_reason)
    WHERE connection_setup_time IS NULL AND connection_failure_reason IS NOT NULL;
