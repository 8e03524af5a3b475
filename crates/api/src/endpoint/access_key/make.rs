use actix_web::HttpResponse;
use deskledger_domain::{Action, AuditAction, ExportOutcome, format_time};
use deskledger_identity::WantedAccessKey;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Identified;
use super::route::{Body, Endpoint, Protected};
use crate::audit::{Subject, refusal};
use crate::error::{ApiError, ErrorCode};
use crate::http::body::read_object;
use crate::http::no_store::NoStore;

/// The most roles that are named at once.
const MOST: usize = 64;

/// Which access key to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccessKey {
    /// The roles that the key has: some of those that the user has in the project. All of them where the field is left out.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 64, examples("wks_auditor"))]
    roles: Option<Vec<String>>,
}

/// An access key that was made. Its secret is shown here, once.
#[derive(Serialize, ToSchema)]
struct AccessKeyMade<'a> {
    /// Its identifier (AK), which requests name. It is no secret.
    #[schema(examples("A3Q5XH2M7KZTB4C6D2EF"))]
    id: &'a str,
    /// Its secret (SK), which signs requests. It is not shown again.
    #[schema(examples("MZXW6YTBOI5DKNZXG4ZTGMRTGQ2TMNZYHE3DKMRT"))]
    secret: &'a str,
    /// The user that it stands for.
    user: &'a str,
    /// The roles that it has in the project.
    roles: Vec<&'a str>,
    /// When it was made, in UTC.
    #[schema(format = DateTime)]
    created_at: String,
}

/// The making of an access key. It is audited even where it is refused, so its handler has an order of its own.
pub(in crate::endpoint) struct MakeAccessKey;

impl Endpoint for MakeAccessKey {
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::InvalidBody,
        ErrorCode::FieldLength,
        ErrorCode::KeyMakesNoKey,
        ErrorCode::RoleNotHeld,
        ErrorCode::KeysNotConfigured,
        ErrorCode::TooManyAccessKeys,
    ];
}

impl Protected for MakeAccessKey {
    const ACTION: Action = Action::ManageAccessKeys;
    const BODY: Body = Body::Read;
}

/// Makes an access key.
///
/// It stands for the caller, with roles of theirs in the project, until somebody revokes it: also when the caller has lost a role,
/// or their account, meanwhile. The answer shows its secret, which nothing shows again. Up to 10 may be active for a user, and 200
/// for a project. A request that is signed with an access key makes none.
#[utoipa::path(
    post,
    path = "/v2/{project_id}/access-keys",
    operation_id = "CreateAccessKey",
    tag = "Access keys",
    impl_for = MakeAccessKey,
    request_body = NewAccessKey,
    responses((status = 201, description = "The key, with its secret.", body = AccessKeyMade)),
)]
pub(in crate::endpoint) async fn make_access_key(
    caller: Identified<MakeAccessKey>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let wanted = wanted(&caller);
    let id = wanted.as_ref().ok().map(WantedAccessKey::id);
    let audit = caller.audit(Subject::access_key(AuditAction::MakeAccessKey, id))?;
    let (wanted, audit) = caller.or_audited(wanted, audit).await?;
    let audit = caller.state.audit_log.open(audit).await?;
    // A task of its own: what is begun is also done, and closed, where the client leaves.
    let access = caller.state.access.get();
    let making = tokio::spawn(async move {
        let made = match access.authenticator.access_keys() {
            Ok(keys) => keys.make(wanted).await,
            Err(error) => Err(error),
        };
        let made = made.map_err(ApiError::from);
        match &made {
            Ok(_) => audit.close(ExportOutcome::Done, ""),
            Err(error) => audit.close(refusal(error), &error.causes()),
        }
        made
    });
    let made = making.await.map_err(ApiError::internal)??;
    Ok(NoStore(HttpResponse::Created().json(AccessKeyMade {
        id: &made.id,
        secret: made.secret.expose_secret(),
        user: made.principal.user(),
        roles: made.principal.roles().collect(),
        created_at: format_time(made.created_at),
    })))
}

/// The key that is to be made, where the caller may have it.
fn wanted(caller: &Identified<MakeAccessKey>) -> Result<WantedAccessKey, ApiError> {
    caller.authorize()?;
    let body: NewAccessKey = read_object(
        &caller.request,
        &caller.body,
        "an object with one field, roles, which is an array of texts or left out",
    )?;
    let count = body.roles.as_ref().map_or(1, Vec::len);
    if !(1..=MOST).contains(&count) {
        return Err(ApiError::new(
            ErrorCode::FieldLength,
            format!("roles has {count} names: give 1 to {MOST}, or leave the field out"),
        ));
    }
    // Whether there is anywhere to keep it, before it is made.
    caller.state.access.get().authenticator.access_keys()?;
    Ok(WantedAccessKey::new(
        &caller.principal,
        caller.credential,
        body.roles,
    )?)
}
