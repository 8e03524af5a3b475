//! The tables of sessions and their rows.

use std::fmt;

use deskledger_domain::SessionId;
use diesel::prelude::*;
use diesel::result::Error as DieselError;

use super::{ListedSession, NewSession, SessionAbout, StoredSession};
use crate::moment::Moment;

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::moment::Micros;

    sessions (session_hash) {
        session_hash -> Binary,
        session_id -> Text,
        owner -> Text,
        user_name -> Text,
        way -> Text,
        sealed -> Binary,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        created_at -> Micros,
        last_used_at -> Micros,
        ends_at -> Micros,
    }
}

diesel::table! {
    session_projects (project_id, session_id) {
        project_id -> Text,
        session_id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::Binary;
    use crate::moment::Micros;

    spent_sign_ins (state_hash) {
        state_hash -> Binary,
        expires_at -> Micros,
    }
}

diesel::allow_tables_to_appear_in_same_query!(sessions, session_projects);

/// A session as it is added.
#[derive(Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub(super) struct NewSessionRow<'a> {
    session_hash: &'a [u8],
    session_id: &'a str,
    owner: &'a str,
    user_name: &'a str,
    way: &'static str,
    sealed: &'a [u8],
    address: Option<String>,
    user_agent: Option<String>,
    created_at: Moment,
    last_used_at: Moment,
    ends_at: Moment,
}

impl<'a> NewSessionRow<'a> {
    pub(super) fn new(session: &NewSession<'a>) -> Self {
        let about = session.about;
        Self {
            session_hash: session.hash,
            session_id: about.id.as_str(),
            owner: session.owner,
            user_name: &about.user,
            way: about.way.name(),
            sealed: session.sealed,
            address: about.address.clone(),
            user_agent: about.user_agent.clone(),
            created_at: Moment(about.created_at),
            last_used_at: Moment(about.created_at),
            ends_at: Moment(about.ends_at),
        }
    }
}

/// What a list shows of a session.
#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub(super) struct SessionRow {
    session_id: String,
    user_name: String,
    way: String,
    address: Option<String>,
    user_agent: Option<String>,
    created_at: Moment,
    last_used_at: Moment,
    ends_at: Moment,
}

impl SessionRow {
    /// Makes a session of a list from the row.
    ///
    /// # Errors
    /// When the row is not a valid session.
    pub(super) fn into_listed(self) -> QueryResult<ListedSession> {
        Ok(ListedSession {
            about: SessionAbout {
                id: SessionId::new(self.session_id).map_err(corrupt)?,
                user: self.user_name,
                way: self.way.parse().map_err(corrupt)?,
                created_at: self.created_at.0,
                ends_at: self.ends_at.0,
                address: self.address,
                user_agent: self.user_agent,
            },
            last_used_at: self.last_used_at.0,
        })
    }

    /// Makes a session from the row and what is sealed of it.
    ///
    /// # Errors
    /// When the row is not a valid session.
    pub(super) fn into_stored(self, sealed: Vec<u8>) -> QueryResult<StoredSession> {
        let ListedSession {
            about,
            last_used_at,
        } = self.into_listed()?;
        Ok(StoredSession {
            about,
            sealed,
            last_used_at,
        })
    }
}

fn corrupt(reason: impl fmt::Display) -> DieselError {
    DieselError::DeserializationError(reason.to_string().into())
}
