DROP INDEX connection_records_failed;
DROP INDEX connection_records_by_time;
CREATE INDEX connection_records_by_time
    ON connection_records (project_id, connection_start_time DESC, transaction_id DESC);
