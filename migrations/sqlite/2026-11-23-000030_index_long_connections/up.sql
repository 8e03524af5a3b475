-- The connections that stood for more than 24 hours after they were asked for, or still do; and those whose clocks disagreed.
-- Whoever counts users online looks for all others by the time at which they were asked for. They are few, and so is what this
-- index costs.
CREATE INDEX connection_records_long
    ON connection_records (project_id, connection_setup_time, connection_end_time, user_name_key)
    WHERE connection_setup_time IS NOT NULL
        AND (connection_end_time IS NULL
            OR connection_setup_time < connection_start_time
            OR connection_setup_time - connection_start_time > 86400000000
            OR connection_end_time - connection_start_time > 86400000000);
