use actix_web::HttpResponse;
use deskledger_domain::{Action, format_time};
use deskledger_store::{AccessKeyState, StoredAccessKey};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Authorized;
use super::route::{Endpoint, Protected};
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;

/// The access keys of a project that the database keeps. Their secrets are never listed.
#[derive(Serialize, ToSchema)]
struct AccessKeyList {
    /// Those that may be used first, the newest of each first: 1,000 at most.
    access_keys: Vec<AccessKeyLine>,
}

/// An access key of a list.
#[derive(Serialize, ToSchema)]
struct AccessKeyLine {
    /// Its identifier (AK), which requests name. It is no secret.
    #[schema(examples("A3Q5XH2M7KZTB4C6D2EF"))]
    id: String,
    /// The user that it stands for, who made it.
    user: String,
    /// The roles that it has in the project.
    roles: Vec<String>,
    /// `active`, or `revoked`.
    #[schema(examples("active"))]
    state: &'static str,
    /// When it was made, in UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was revoked; null where it may be used.
    #[schema(required, format = DateTime)]
    revoked_at: Option<String>,
}

impl From<StoredAccessKey> for AccessKeyLine {
    fn from(key: StoredAccessKey) -> Self {
        let (state, revoked_at) = match key.state {
            AccessKeyState::Active { .. } => ("active", None),
            AccessKeyState::Revoked { at } => ("revoked", Some(format_time(at))),
        };
        Self {
            id: key.id,
            user: key.principal.user().to_owned(),
            roles: key.principal.roles().map(str::to_owned).collect(),
            state,
            created_at: format_time(key.created_at),
            revoked_at,
        }
    }
}

/// The list of access keys.
pub(in crate::endpoint) struct ListAccessKeys;

impl Endpoint for ListAccessKeys {
    const REFUSALS: &'static [ErrorCode] = &[ErrorCode::KeysNotConfigured];
}

impl Protected for ListAccessKeys {
    const ACTION: Action = Action::ManageAccessKeys;
}

/// Lists the access keys of a project.
///
/// Those that the database keeps, of all users, the revoked ones included. Keys of the settings are not among them.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/access-keys",
    operation_id = "ListAccessKeys",
    tag = "Access keys",
    impl_for = ListAccessKeys,
    responses((status = 200, description = "The access keys, without their secrets.", body = AccessKeyList)),
)]
pub(in crate::endpoint) async fn list_access_keys(
    authorized: Authorized<ListAccessKeys>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let Authorized { caller, scope, .. } = authorized;
    let access = caller.state.access.get();
    let keys = access.authenticator.access_keys()?.list(scope).await?;
    Ok(NoStore(HttpResponse::Ok().json(AccessKeyList {
        access_keys: keys.into_iter().map(AccessKeyLine::from).collect(),
    })))
}
