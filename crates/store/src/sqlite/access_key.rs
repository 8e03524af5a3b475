//! Access keys.

use super::schema::{micros, of_micros};

crate::access_key::access_key_rows!(SqliteConnection, BigInt, i64, micros, of_micros);
