use actix_web::web::Json;
use deskledger_domain::Action;
use deskledger_identity::MAX_ENCODED_CHARS;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Authorized;
use super::route::{Body, Endpoint, ProjectOf, Protected};
use crate::error::{ApiError, ErrorCode};
use crate::http::body::read_object;
use crate::http::no_store::NoStore;

/// The sealed reason of a denial.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EncodedMessage {
    /// The `encoded_authorization_message` of a 403, unchanged.
    #[schema(min_length = 1, max_length = 10_240, examples("AQcyMDI2LTExkv0Xf1…"))]
    encoded_message: String,
}

/// The reason of a denial.
#[derive(Serialize, ToSchema)]
pub(super) struct DecodedMessage {
    /// JSON, as a text: who was denied what, where, when, and by which rule.
    #[schema(examples("{\"allowed\":false,\"rule\":\"no_role\"}"))]
    decoded_message: String,
}

/// The opening of a sealed reason.
pub(super) struct DecodeAuthorizationMessage;

impl Endpoint for DecodeAuthorizationMessage {
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::InvalidBody,
        ErrorCode::FieldLength,
        ErrorCode::UndecodableMessage,
    ];
}

impl Protected for DecodeAuthorizationMessage {
    const ACTION: Action = Action::DecodeAuthorizationMessage;
    const PROJECT: ProjectOf = ProjectOf::Credentials;
    const BODY: Body = Body::Read;
}

/// Opens the sealed reason of a denial.
///
/// For callers that may do the action `sts::decodeAuthorizationMessage` in the project of the credentials that were refused.
// `contract.md` §5. The OpenAPI document publishes the paragraphs above, for clients.
#[utoipa::path(
    post,
    path = "/v5/decode-authorization-message",
    operation_id = "DecodeAuthorizationMessage",
    tag = "Authorization",
    impl_for = DecodeAuthorizationMessage,
    request_body = EncodedMessage,
    responses((status = 200, description = "The reason.", body = DecodedMessage)),
)]
pub(super) async fn decode(
    authorized: Authorized<DecodeAuthorizationMessage>,
) -> Result<NoStore<Json<DecodedMessage>>, ApiError> {
    let Authorized { caller, scope, .. } = authorized;
    let body: EncodedMessage = read_object(
        &caller.request,
        &caller.body,
        "an object with one field, encoded_message, which is a text",
    )?;
    check_length(&body.encoded_message)?;
    let project = scope.project_id();
    let decoded_message = caller
        .state
        .access
        .get()
        .sealer
        .open(&body.encoded_message, project)
        .ok_or_else(undecodable)?;
    let user = caller.principal.user();
    tracing::info!(user, %project, "authorization message decoded");
    Ok(NoStore(Json(DecodedMessage { decoded_message })))
}

fn check_length(message: &str) -> Result<(), ApiError> {
    let length = message.chars().count();
    if (1..=MAX_ENCODED_CHARS).contains(&length) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::FieldLength,
        format!("encoded_message has {length} characters: it must have 1 to {MAX_ENCODED_CHARS}"),
    ))
}

/// One answer for every message that does not open, so that a client that tries learns nothing from it.
fn undecodable() -> ApiError {
    ApiError::new(
        ErrorCode::UndecodableMessage,
        "encoded_message cannot be decoded: send the encoded_authorization_message of a refusal in this project, unchanged",
    )
}
