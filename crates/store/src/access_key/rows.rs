//! The table of access keys and its rows.

use std::fmt;

use deskledger_domain::{Principal, ProjectId};
use diesel::prelude::*;
use diesel::result::Error as DieselError;

use super::{AccessKeyState, NewAccessKey, StoredAccessKey};
use crate::moment::Moment;

/// What stands between the names of roles.
const SEPARATOR: char = '\n';

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::moment::Micros;

    access_keys (access_key_id) {
        access_key_id -> Text,
        sealed_secret -> Nullable<Binary>,
        user_name -> Text,
        project_id -> Text,
        roles -> Text,
        created_at -> Micros,
        revoked_at -> Nullable<Micros>,
    }
}

/// An access key as the databases keep it.
#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = access_keys, treat_none_as_default_value = false)]
pub(crate) struct AccessKeyRow {
    access_key_id: String,
    sealed_secret: Option<Vec<u8>>,
    user_name: String,
    project_id: String,
    roles: String,
    created_at: Moment,
    revoked_at: Option<Moment>,
}

impl AccessKeyRow {
    /// The row of a key that is not revoked.
    pub(crate) fn new(key: &NewAccessKey<'_>) -> QueryResult<Self> {
        Ok(Self {
            access_key_id: key.id.to_owned(),
            sealed_secret: Some(key.sealed_secret.to_vec()),
            user_name: key.principal.user().to_owned(),
            project_id: key.principal.project_id().as_str().to_owned(),
            roles: roles(key.principal)?,
            created_at: Moment(key.created_at),
            revoked_at: None,
        })
    }

    /// Makes a key from the row.
    ///
    /// # Errors
    /// When the row is not a valid key.
    pub(crate) fn into_key(self) -> QueryResult<StoredAccessKey> {
        Ok(StoredAccessKey {
            id: self.access_key_id,
            principal: principal(self.user_name, self.project_id, &self.roles)?,
            created_at: self.created_at.0,
            state: match self.revoked_at {
                Some(Moment(at)) => AccessKeyState::Revoked { at },
                None => AccessKeyState::Active {
                    sealed_secret: self.sealed_secret.unwrap_or_default(),
                },
            },
        })
    }
}

/// The roles of a principal as they are kept.
pub(crate) fn roles(principal: &Principal) -> QueryResult<String> {
    let roles: Vec<_> = principal.roles().collect();
    if roles
        .iter()
        .any(|role| role.is_empty() || role.contains(SEPARATOR))
    {
        let reason = "the name of a role is empty or holds a line feed";
        return Err(DieselError::SerializationError(reason.into()));
    }
    Ok(roles.join("\n"))
}

/// The principal that a row names.
pub(crate) fn principal(user: String, project: String, roles: &str) -> QueryResult<Principal> {
    let project = ProjectId::new(project).map_err(corrupt)?;
    let roles = roles.split(SEPARATOR).filter(|role| !role.is_empty());
    Ok(Principal::new(user, project, roles))
}

fn corrupt(reason: impl fmt::Display) -> DieselError {
    DieselError::DeserializationError(reason.to_string().into())
}
