DROP TABLE incomplete_records;
DROP TABLE connection_identities;
