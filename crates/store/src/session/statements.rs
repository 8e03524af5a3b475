//! What is done with sessions.

use chrono::{DateTime, Utc};
use deskledger_domain::{ProjectScope, SessionId};
use diesel::prelude::*;

use super::rows::{NewSessionRow, SessionRow, session_projects, sessions, spent_sign_ins};
use super::{Alive, ListedSession, NewSession, SessionBounds, SessionHash, StoredSession};
use crate::connection::{Connection, count_changed, on_each};
use crate::moment::Moment;

/// How many sessions are deleted by one statement: SQLite takes so many values, and nobody waits for long.
const BATCH: i64 = 500;

pub(super) fn begin(
    connection: &mut Connection<'_>,
    session: &NewSession<'_>,
    most: SessionBounds,
) -> QueryResult<()> {
    connection.transaction(|connection| {
        if let Some(replaced) = session.replaces {
            delete_by_hash(connection, replaced)?;
        }
        let beyond = sessions::table
            .filter(sessions::owner.eq(session.owner))
            .order((sessions::created_at.desc(), sessions::session_id))
            .offset(i64::from(most.of_owner) - 1)
            .limit(BATCH)
            .select(sessions::session_id);
        let beyond: Vec<String> = on_each!(connection, |connection| beyond.load(connection))?;
        delete(connection, &beyond)?;
        if let Some(chosen) = session.projects.first() {
            let beyond = sessions::table
                .inner_join(
                    session_projects::table
                        .on(session_projects::session_id.eq(sessions::session_id)),
                )
                .filter(session_projects::project_id.eq(chosen.as_str()))
                .order((sessions::created_at.desc(), sessions::session_id))
                .offset(i64::from(most.of_project) - 1)
                .limit(BATCH)
                .select(sessions::session_id);
            let beyond: Vec<String> = on_each!(connection, |connection| beyond.load(connection))?;
            delete(connection, &beyond)?;
        }
        let add = diesel::insert_into(sessions::table).values(NewSessionRow::new(session));
        on_each!(connection, |connection| add.execute(connection))?;
        for project in session.projects {
            let add = diesel::insert_into(session_projects::table)
                .values((
                    session_projects::project_id.eq(project.as_str()),
                    session_projects::session_id.eq(session.about.id.as_str()),
                ))
                .on_conflict_do_nothing();
            on_each!(connection, |connection| add.execute(connection))?;
        }
        Ok(())
    })
}

pub(super) fn find(
    connection: &mut Connection<'_>,
    hash: &SessionHash,
) -> QueryResult<Option<StoredSession>> {
    let found = sessions::table.find(hash.as_slice());
    let found: Option<(SessionRow, Vec<u8>)> = on_each!(connection, |connection| {
        found
            .select((SessionRow::as_select(), sessions::sealed))
            .first(connection)
            .optional()
    })?;
    found
        .map(|(row, sealed)| row.into_stored(sealed))
        .transpose()
}

pub(super) fn touch(
    connection: &mut Connection<'_>,
    hash: &SessionHash,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let earlier = sessions::table
        .find(hash.as_slice())
        .filter(sessions::last_used_at.lt(Moment(at)));
    let touch = diesel::update(earlier).set(sessions::last_used_at.eq(Moment(at)));
    on_each!(connection, |connection| touch.execute(connection))?;
    Ok(())
}

pub(super) fn reseal(
    connection: &mut Connection<'_>,
    hash: &SessionHash,
    sealed: &[u8],
) -> QueryResult<bool> {
    let reseal = diesel::update(sessions::table.find(hash.as_slice()))
        .set(sessions::sealed.eq(sealed.to_vec()));
    Ok(count_changed!(connection, reseal, sessions::session_id)? > 0)
}

pub(super) fn list(
    connection: &mut Connection<'_>,
    scope: &ProjectScope,
    user: Option<&str>,
    alive: Alive,
    most: u32,
) -> QueryResult<Vec<ListedSession>> {
    let listed = sessions::table
        .inner_join(
            session_projects::table.on(session_projects::session_id.eq(sessions::session_id)),
        )
        .filter(session_projects::project_id.eq(scope.project_id().as_str()))
        .filter(sessions::ends_at.gt(Moment(alive.now)))
        .filter(sessions::last_used_at.gt(Moment(alive.used_since())))
        .order((sessions::created_at.desc(), sessions::session_id));
    let rows: Vec<SessionRow> = on_each!(connection, |connection| {
        let listed = listed.select(SessionRow::as_select()).limit(most.into());
        match user {
            Some(user) => listed.filter(sessions::user_name.eq(user)).load(connection),
            None => listed.load(connection),
        }
    })?;
    rows.into_iter().map(SessionRow::into_listed).collect()
}

pub(super) fn end(
    connection: &mut Connection<'_>,
    scope: &ProjectScope,
    id: &SessionId,
    user: Option<&str>,
) -> QueryResult<Option<String>> {
    connection.transaction(|connection| {
        let found = sessions::table
            .inner_join(
                session_projects::table.on(session_projects::session_id.eq(sessions::session_id)),
            )
            .filter(session_projects::project_id.eq(scope.project_id().as_str()))
            .filter(sessions::session_id.eq(id.as_str()))
            .select(sessions::user_name);
        let found: Option<String> = on_each!(connection, |connection| {
            found.first(connection).optional()
        })?;
        let found = found.filter(|name| user.is_none_or(|user| user == name));
        if found.is_some() {
            delete(connection, &[id.as_str().to_owned()])?;
        }
        Ok(found)
    })
}

pub(super) fn end_by_hash(
    connection: &mut Connection<'_>,
    hash: &SessionHash,
) -> QueryResult<bool> {
    connection.transaction(|connection| delete_by_hash(connection, hash))
}

pub(super) fn delete_over(connection: &mut Connection<'_>, alive: Alive) -> QueryResult<u64> {
    let spent = diesel::delete(
        spent_sign_ins::table.filter(spent_sign_ins::expires_at.le(Moment(alive.now))),
    );
    on_each!(connection, |connection| spent.execute(connection))?;
    let mut deleted = 0;
    loop {
        let ids = connection.transaction(|connection| {
            let over = sessions::table
                .filter(
                    sessions::ends_at
                        .le(Moment(alive.now))
                        .or(sessions::last_used_at.le(Moment(alive.used_since()))),
                )
                .order(sessions::session_id)
                .limit(BATCH)
                .select(sessions::session_id);
            let ids: Vec<String> = on_each!(connection, |connection| over.load(connection))?;
            delete(connection, &ids)?;
            Ok::<_, diesel::result::Error>(ids.len())
        })?;
        deleted += ids as u64;
        if ids == 0 {
            return Ok(deleted);
        }
    }
}

pub(super) fn spend(
    connection: &mut Connection<'_>,
    state: &SessionHash,
    expires_at: DateTime<Utc>,
) -> QueryResult<bool> {
    let spend = diesel::insert_into(spent_sign_ins::table)
        .values((
            spent_sign_ins::state_hash.eq(state.as_slice()),
            spent_sign_ins::expires_at.eq(Moment(expires_at)),
        ))
        .on_conflict_do_nothing();
    // What the tag of an INSERT says is what the server did: a lie here lets one sign-in come back twice, and no other in.
    let added: usize = on_each!(connection, |connection| spend.execute(connection))?;
    Ok(added > 0)
}

/// Deletes the session with a hash, in the transaction of the caller.
fn delete_by_hash(connection: &mut Connection<'_>, hash: &SessionHash) -> QueryResult<bool> {
    let found = sessions::table
        .find(hash.as_slice())
        .select(sessions::session_id);
    let found: Option<String> = on_each!(connection, |connection| {
        found.first(connection).optional()
    })?;
    let ids: Vec<String> = found.into_iter().collect();
    delete(connection, &ids)?;
    Ok(!ids.is_empty())
}

/// Deletes sessions, with their projects.
fn delete(connection: &mut Connection<'_>, ids: &[String]) -> QueryResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let projects =
        diesel::delete(session_projects::table.filter(session_projects::session_id.eq_any(ids)));
    on_each!(connection, |connection| projects.execute(connection))?;
    let gone = diesel::delete(sessions::table.filter(sessions::session_id.eq_any(ids)));
    on_each!(connection, |connection| gone.execute(connection))?;
    Ok(())
}
