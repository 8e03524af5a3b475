//! Access keys.

crate::access_key::access_key_statements!(SqliteConnection);
