use actix_web::web::Json;
use deskledger_domain::Action;
use utoipa::IntoParams as _;
use utoipa::openapi::path::Parameter;

use super::caller::Identified;
use super::route::{Endpoint, Protected};
use crate::error::{ApiError, ErrorCode};
use crate::http::body::IncomingBody;
use crate::http::no_store::NoStore;
use crate::recording::{Content, Recording};
use deskledger_contract::Recorded;
use deskledger_contract::openapi::{ConnectionEvents, ContentEncodingHeader};

/// The recording of connections. Its caller is identified by the head of the request where that is enough, before its body,
/// which may be large, is read.
pub(super) struct RecordConnections;

impl Endpoint for RecordConnections {
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::UnknownParameter,
        ErrorCode::InvalidBody,
        ErrorCode::InvalidRecord,
        ErrorCode::UndecodableBody,
        ErrorCode::BodyTooSlow,
    ];

    fn headers() -> Vec<Parameter> {
        ContentEncodingHeader::into_params(|| None)
    }
}

impl Protected for RecordConnections {
    const ACTION: Action = Action::RecordConnections;
}

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
    impl_for = RecordConnections,
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
    responses((status = 200, description = "It was recorded.", body = Recorded)),
)]
pub(super) async fn record_connections(
    caller: Identified<RecordConnections, IncomingBody>,
) -> Result<NoStore<Json<Recorded>>, ApiError> {
    let scope = caller.authorize()?;
    caller.refuse_parameters()?;
    let recording = Recording {
        content: Content::of(caller.request.headers())?,
        principal: caller.principal,
        scope,
    };
    let recorded = caller
        .state
        .recordings
        .record(recording, caller.body)
        .await?;
    Ok(NoStore(Json(recorded)))
}
