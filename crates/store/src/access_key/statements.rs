//! What is done with access keys.

use chrono::{DateTime, Utc};
use deskledger_domain::ProjectScope;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::rows::{AccessKeyRow, access_keys};
use super::{AccessKeyBounds, Addition, NewAccessKey, Revocation, StoredAccessKey};
use crate::connection::{Connection, count_changed, on_each};
use crate::moment::Moment;

pub(crate) fn add(connection: &mut Connection<'_>, key: &NewAccessKey<'_>) -> QueryResult<()> {
    let add = diesel::insert_into(access_keys::table).values(AccessKeyRow::new(key)?);
    on_each!(connection, |connection| add.execute(connection))?;
    Ok(())
}

pub(crate) fn add_within(
    connection: &mut Connection<'_>,
    key: &NewAccessKey<'_>,
    bounds: AccessKeyBounds,
) -> QueryResult<Addition> {
    connection.transaction(|connection| {
        let of_project = access_keys::table
            .filter(access_keys::project_id.eq(key.principal.project_id().as_str()))
            .filter(access_keys::revoked_at.is_null());
        let of_user = of_project.filter(access_keys::user_name.eq(key.principal.user()));
        let count: i64 = on_each!(connection, |connection| of_user
            .count()
            .get_result(connection))?;
        if count >= i64::from(bounds.of_user) {
            return Ok(Addition::UserHasEnough);
        }
        let count: i64 = on_each!(connection, |connection| of_project
            .count()
            .get_result(connection))?;
        if count >= i64::from(bounds.of_project) {
            return Ok(Addition::ProjectHasEnough);
        }
        add(connection, key)?;
        Ok(Addition::Added)
    })
}

pub(crate) fn active(connection: &mut Connection<'_>) -> QueryResult<Vec<StoredAccessKey>> {
    let keys = access_keys::table.filter(access_keys::revoked_at.is_null());
    let rows: Vec<AccessKeyRow> = on_each!(connection, |connection| {
        keys.select(AccessKeyRow::as_select()).load(connection)
    })?;
    rows.into_iter().map(AccessKeyRow::into_key).collect()
}

pub(crate) fn of_project(
    connection: &mut Connection<'_>,
    scope: &ProjectScope,
    most: u32,
) -> QueryResult<Vec<StoredAccessKey>> {
    let keys = access_keys::table
        .filter(access_keys::project_id.eq(scope.project_id().as_str()))
        .order((
            access_keys::revoked_at.is_not_null(),
            access_keys::created_at.desc(),
            access_keys::access_key_id,
        ))
        .limit(i64::from(most));
    let rows: Vec<AccessKeyRow> = on_each!(connection, |connection| {
        keys.select(AccessKeyRow::as_select()).load(connection)
    })?;
    rows.into_iter().map(AccessKeyRow::into_key).collect()
}

pub(crate) fn revoke_of(
    connection: &mut Connection<'_>,
    scope: &ProjectScope,
    id: &str,
    now: DateTime<Utc>,
) -> QueryResult<Revocation> {
    let of_project = access_keys::table
        .find(id)
        .filter(access_keys::project_id.eq(scope.project_id().as_str()));
    let is_known = diesel::select(exists(of_project));
    let known: bool = on_each!(connection, |connection| is_known.get_result(connection))?;
    // No key changes its project.
    if known {
        revoke(connection, id, now)
    } else {
        Ok(Revocation::Unknown)
    }
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
