//! The table of access keys and what is done with it. As with records, databases differ in how they keep times alone.

use std::fmt;

use deskledger_domain::{Principal, ProjectId};
use diesel::result::{Error as DieselError, QueryResult};

/// What stands between the names of roles.
const SEPARATOR: char = '\n';

/// The functions `add`, `list` and `revoke` on connections of one database, whose times are of the SQL type `$time` and
/// the Rust type `$rust_time`; `$of_utc` and `$to_utc` convert them.
macro_rules! access_key_rows {
    ($connection:ty, $time:ident, $rust_time:ty, $of_utc:expr, $to_utc:expr) => {
        use chrono::{DateTime, Utc};
        use diesel::prelude::*;

        use $crate::access_key::{AccessKeyState, NewAccessKey, Revocation, StoredAccessKey};

        diesel::table! {
            access_keys (access_key_id) {
                access_key_id -> Text,
                sealed_secret -> Nullable<Binary>,
                user_name -> Text,
                project_id -> Text,
                roles -> Text,
                created_at -> $time,
                revoked_at -> Nullable<$time>,
            }
        }

        type Row = (
            String,
            Option<Vec<u8>>,
            String,
            String,
            String,
            $rust_time,
            Option<$rust_time>,
        );

        pub(super) fn add(connection: &mut $connection, key: &NewAccessKey<'_>) -> QueryResult<()> {
            diesel::insert_into(access_keys::table)
                .values((
                    access_keys::access_key_id.eq(key.id),
                    access_keys::sealed_secret.eq(key.sealed_secret),
                    access_keys::user_name.eq(key.principal.user()),
                    access_keys::project_id.eq(key.principal.project_id().as_str()),
                    access_keys::roles.eq($crate::access_key::roles(key.principal)?),
                    access_keys::created_at.eq($of_utc(key.created_at)),
                ))
                .execute(connection)
                .map(|_| ())
        }

        pub(super) fn list(connection: &mut $connection) -> QueryResult<Vec<StoredAccessKey>> {
            access_keys::table
                .order((access_keys::created_at, access_keys::access_key_id))
                .load::<Row>(connection)?
                .into_iter()
                .map(key)
                .collect()
        }

        fn key(row: Row) -> QueryResult<StoredAccessKey> {
            let (id, sealed_secret, user, project, roles, created_at, revoked_at) = row;
            let to_utc: fn($rust_time) -> QueryResult<DateTime<Utc>> = $to_utc;
            let state = match (sealed_secret, revoked_at) {
                (_, Some(at)) => AccessKeyState::Revoked { at: to_utc(at)? },
                (sealed_secret, None) => AccessKeyState::Active {
                    sealed_secret: sealed_secret.unwrap_or_default(),
                },
            };
            Ok(StoredAccessKey {
                id,
                principal: $crate::access_key::principal(user, project, &roles)?,
                created_at: to_utc(created_at)?,
                state,
            })
        }

        pub(super) fn revoke(
            connection: &mut $connection,
            id: &str,
            now: DateTime<Utc>,
        ) -> QueryResult<Revocation> {
            let active = access_keys::table
                .find(id)
                .filter(access_keys::revoked_at.is_null());
            let revoke = diesel::update(active).set((
                access_keys::revoked_at.eq(Some($of_utc(now))),
                access_keys::sealed_secret.eq(None::<Vec<u8>>),
            ));
            if count_changed!(revoke, connection, access_keys::access_key_id)? > 0 {
                return Ok(Revocation::Revoked);
            }
            let known: bool = diesel::select(diesel::dsl::exists(access_keys::table.find(id)))
                .get_result(connection)?;
            Ok(if known {
                Revocation::AlreadyRevoked
            } else {
                Revocation::Unknown
            })
        }
    };
}

pub(crate) use access_key_rows;

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
