//! Access keys.

crate::access_key::access_key_rows!(
    PgConnection,
    Timestamptz,
    DateTime<Utc>,
    std::convert::identity,
    Ok
);
