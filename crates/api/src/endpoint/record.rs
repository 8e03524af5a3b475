use std::collections::BTreeMap;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::Action;
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::{State, access};
use crate::error::{ApiError, ErrorCode};
use crate::http::query;
use crate::openapi::{
    BODY, CREDENTIALS, ConnectionEvents, ContentEncodingHeader, PROJECT, ProjectIdHeader,
    ProjectIdParameter, refusals,
};
use crate::recording::{Content, Recording};
use crate::reload::Limits;
use crate::wire::Recorded;

/// Records connections.
///
/// What is sent are events: each holds what is known of a connection by now, and those with the same `transaction_id`
/// make one record, in whatever order they come and however often they are sent. What one of them knew none erases.
///
/// An array is recorded whole or not at all. NDJSON is recorded while it arrives, and the answer lists its bad
/// lines. What the answer counts is on the disk.
#[utoipa::path(
    post,
    path = "/v2/{project_id}/connections/desktops",
    operation_id = "RecordConnections",
    tag = "Connections",
    params(ProjectIdParameter, ProjectIdHeader, ContentEncodingHeader),
    request_body(
        description = "Connection events. The first is `records[0]` of an array and line 1 of NDJSON.",
        content(
            (ConnectionEvents = "application/json"),
            (String = "application/x-ndjson", example = json!(
                "{\"transaction_id\": \"55f1\", \"connection_start_time\": \"2020-04-24T03:02:45Z\"}\n\
                 {\"transaction_id\": \"55f1\", \"connection_setup_time\": \"2020-04-24T03:02:47Z\"}\n"
            )),
        ),
    ),
    responses(
        (status = 200, description = "It was recorded.", body = Recorded),
        Refusals,
    ),
)]
pub(super) async fn record_connections(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: Limits,
) -> Result<HttpResponse, ApiError> {
    let action = Action::RecordConnections;
    let (principal, body) = access::identify_by_head(&request, payload, &state, &limits).await?;
    let scope = access::to_project(&request, &state, &principal, action)?;
    query::refuse_parameters(&request)?;
    let recording = Recording {
        principal,
        scope,
        content: Content::of(request.headers())?,
    };
    let recorded = state.recordings.record(recording, body).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(recorded))
}

/// What a recording may be refused with.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const RECORD: &[ErrorCode] = &[
            ErrorCode::UnknownParameter,
            ErrorCode::InvalidBody,
            ErrorCode::InvalidRecord,
            ErrorCode::UndecodableBody,
            ErrorCode::BodyTooSlow,
        ];
        refusals(&[CREDENTIALS, PROJECT, BODY, RECORD])
    }
}
