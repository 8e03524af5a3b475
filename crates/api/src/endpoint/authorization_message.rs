use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::Action;
use serde::{Deserialize, Serialize};

use super::{State, access};
use crate::authorization_message::MAX_ENCODED_CHARS;
use crate::error::{ApiError, ErrorCode};
use crate::request_body::read_object;
use crate::settings::LimitSettings;

/// The body of a request to decode.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EncodedMessage {
    encoded_message: String,
}

/// The body of the answer.
#[derive(Serialize)]
struct DecodedMessage {
    /// JSON, as a text.
    decoded_message: String,
}

/// `POST /v5/decode-authorization-message` (`contract.md` §5).
pub(super) async fn decode(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: web::Data<LimitSettings>,
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

/// One answer for all that does not open, so that whoever tries learns nothing from it.
fn undecodable() -> ApiError {
    ApiError::new(
        ErrorCode::UndecodableMessage,
        "encoded_message cannot be decoded: send the encoded_authorization_message of a refusal in this project, unchanged",
    )
}
