-- Into one table again, which is as long as writing all records anew takes.
ALTER TABLE connection_records RENAME TO partitioned_records;
ALTER INDEX connection_records_by_time RENAME TO partitioned_records_by_time;
ALTER INDEX connection_records_by_user RENAME TO partitioned_records_by_user;
ALTER INDEX connection_records_by_computer RENAME TO partitioned_records_by_computer;
ALTER INDEX connection_records_long RENAME TO partitioned_records_long;

CREATE TABLE connection_records (LIKE partitioned_records);
INSERT INTO connection_records SELECT * FROM partitioned_records ORDER BY connection_start_time;
DROP TABLE partitioned_records;

ALTER TABLE connection_records ADD PRIMARY KEY (project_id, transaction_id);
CREATE INDEX connection_records_by_time
    ON connection_records (project_id, connection_start_time DESC, transaction_id DESC);
CREATE INDEX connection_records_by_user
    ON connection_records (project_id, user_name_key, connection_start_time DESC, transaction_id DESC);
CREATE INDEX connection_records_by_computer
    ON connection_records (project_id, computer_name_key, connection_start_time DESC, transaction_id DESC);
CREATE INDEX connection_records_long
    ON connection_records (project_id, connection_setup_time, connection_end_time, user_name_key)
    WHERE connection_setup_time IS NOT NULL
        AND (connection_end_time IS NULL
            OR connection_setup_time < connection_start_time
            OR connection_setup_time - connection_start_time > interval '24 hours'
            OR connection_end_time - connection_start_time > interval '24 hours');
