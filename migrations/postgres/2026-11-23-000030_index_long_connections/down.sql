DROP INDEX connection_records_long;
