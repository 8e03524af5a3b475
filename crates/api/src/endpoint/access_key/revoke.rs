use actix_web::HttpResponse;
use deskledger_domain::{Action, AuditAction, ExportOutcome, ProjectScope};
use deskledger_identity::{IdentityError, is_access_key_id};

use super::caller::Identified;
use super::route::{Endpoint, Protected};
use crate::audit::{Subject, refusal};
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;

/// The revoking of an access key. It is audited even where it is refused, so its handler has an order of its own.
pub(in crate::endpoint) struct RevokeAccessKey;

impl Endpoint for RevokeAccessKey {
    const REFUSALS: &'static [ErrorCode] =
        &[ErrorCode::AccessKeyNotFound, ErrorCode::KeysNotConfigured];
}

impl Protected for RevokeAccessKey {
    const ACTION: Action = Action::ManageAccessKeys;
}

/// Revokes an access key of any user of a project.
///
/// Its secret is deleted; it stays in the list. The process that answers takes it no more, other processes within
/// `identity.access_key_cache_seconds`. A key that was revoked before stays what it is.
#[utoipa::path(
    delete,
    path = "/v2/{project_id}/access-keys/{access_key_id}",
    operation_id = "RevokeAccessKey",
    tag = "Access keys",
    impl_for = RevokeAccessKey,
    responses((status = 204, description = "It is revoked.")),
)]
pub(in crate::endpoint) async fn revoke_access_key(
    caller: Identified<RevokeAccessKey>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let id = caller
        .request
        .match_info()
        .query("access_key_id")
        .to_owned();
    // What is no identifier of a key may be anything, and is not kept.
    let named = is_access_key_id(&id).then_some(id.as_str());
    let audit = caller.audit(Subject::access_key(AuditAction::RevokeAccessKey, named))?;
    let wanted = wanted(&caller, named.is_some());
    let (scope, audit) = caller.or_audited(wanted, audit).await?;
    let audit = caller.state.audit_log.open(audit).await?;
    // A task of its own: what is begun is also done, and closed, where the client leaves.
    let access = caller.state.access.get();
    let revoking = tokio::spawn(async move {
        let revoked = match access.authenticator.access_keys() {
            Ok(keys) => keys.revoke(scope, id).await,
            Err(error) => Err(error),
        };
        let revoked = revoked.map_err(|error: IdentityError| ApiError::from(error));
        match &revoked {
            Ok(()) => audit.close(ExportOutcome::Done, ""),
            Err(error) => audit.close(refusal(error), &error.causes()),
        }
        revoked
    });
    revoking.await.map_err(ApiError::internal)??;
    Ok(NoStore(HttpResponse::NoContent().finish()))
}

/// The project whose key is to be revoked, where the caller may.
fn wanted(
    caller: &Identified<RevokeAccessKey>,
    is_identifier: bool,
) -> Result<ProjectScope, ApiError> {
    let scope = caller.authorize()?;
    caller.refuse_body()?;
    caller.state.access.get().authenticator.access_keys()?;
    if !is_identifier {
        return Err(ApiError::no_such_access_key());
    }
    Ok(scope)
}
