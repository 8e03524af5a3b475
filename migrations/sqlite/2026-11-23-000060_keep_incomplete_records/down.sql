DROP TABLE incomplete_records;
