//! What is done with access keys.

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;

use super::rows::{AccessKeyRow, access_keys};
use super::{NewAccessKey, Revocation, StoredAccessKey};
use crate::connection::{Connection, count_changed, on_each};
use crate::moment::Moment;

pub(crate) fn add(connection: &mut Connection<'_>, key: &NewAccessKey<'_>) -> QueryResult<()> {
    let add = diesel::insert_into(access_keys::table).values(AccessKeyRow::new(key)?);
    on_each!(connection, |connection| add.execute(connection))?;
    Ok(())
}

pub(crate) fn list(connection: &mut Connection<'_>) -> QueryResult<Vec<StoredAccessKey>> {
    let keys = access_keys::table.order((access_keys::created_at, access_keys::access_key_id));
    let rows: Vec<AccessKeyRow> = on_each!(connection, |connection| {
        keys.select(AccessKeyRow::as_select()).load(connection)
    })?;
    rows.into_iter().map(AccessKeyRow::into_key).collect()
}

pub(crate) fn revoke(
    connection: &mut Connection<'_>,
    id: &str,
    now: DateTime<Utc>,
) -> QueryResult<Revocation> {
    let active = access_keys::table
        .find(id)
        .filter(access_keys::revoked_at.is_null());
    let revoke = diesel::update(active).set((
        access_keys::revoked_at.eq(Some(Moment(now))),
        access_keys::sealed_secret.eq(None::<Vec<u8>>),
    ));
    if count_changed!(connection, revoke, access_keys::access_key_id)? > 0 {
        return Ok(Revocation::Revoked);
    }
    let is_known = diesel::select(exists(access_keys::table.find(id)));
    let known: bool = on_each!(connection, |connection| is_known.get_result(connection))?;
    Ok(if known {
        Revocation::AlreadyRevoked
    } else {
        Revocation::Unknown
    })
}
