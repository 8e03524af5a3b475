use std::collections::BTreeMap;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::Action;
use deskledger_identity::MAX_ENCODED_CHARS;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::{State, access};
use crate::error::{ApiError, ErrorCode};
use crate::http::body::read_object;
use crate::openapi::{BODY, CREDENTIALS, ProjectIdHeader, refusals};
use crate::reload::Limits;

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
struct DecodedMessage {
    /// JSON, as a text: who was denied what, where, when, and by which rule.
    #[schema(examples("{\"allowed\":false,\"rule\":\"no_role\"}"))]
    decoded_message: String,
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
    params(ProjectIdHeader),
    request_body = EncodedMessage,
    responses(
        (status = 200, description = "The reason.", body = DecodedMessage),
        Refusals,
    ),
)]
pub(super) async fn decode(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: Limits,
) -> Result<HttpResponse, ApiError> {
    let action = Action::DecodeAuthorizationMessage;
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let scope = access::to_own_project(&request, &state, &caller.principal, action)?;
    let body: EncodedMessage = read_object(
        &request,
        &caller.body,
        "an object with one field, encoded_message, which is a text",
    )?;
    check_length(&body.encoded_message)?;
    let project = scope.project_id();
    let decoded_message = state
        .access
        .get()
        .sealer
        .open(&body.encoded_message, project)
        .ok_or_else(undecodable)?;
    let user = caller.principal.user();
    tracing::info!(user, %project, "authorization message decoded");
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(DecodedMessage { decoded_message }))
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

/// What a message may be refused with.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const MESSAGE: &[ErrorCode] = &[
            ErrorCode::InvalidBody,
            ErrorCode::FieldLength,
            ErrorCode::UndecodableMessage,
        ];
        refusals(&[CREDENTIALS, BODY, MESSAGE])
    }
}
