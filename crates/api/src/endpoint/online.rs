use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::{Action, OnlineQuery};
use deskledger_telemetry::filled;
use serde::Serialize;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::{State, access};
use crate::error::{ApiError, ErrorCode};
use crate::http::body::refuse_body;
use crate::http::query;
use crate::openapi::{
    BODY, CREDENTIALS, OnlineParameters, PROJECT, ProjectIdHeader, ProjectIdParameter, QUERY,
    WHOLE, refusals,
};
use crate::reload::Limits;

/// How many users were online.
#[derive(Serialize, ToSchema)]
struct UsersOnline {
    /// Each hour or day, oldest first, and how many users were online in it.
    // Of one element: utoipa puts them there.
    #[schema(examples("13:00 : 12", "2020-04-25 : 112"))]
    time_counts: Vec<String>,
}

/// Counts the users that were online.
///
/// A user counts once in each hour or day in which one of their connections was open. Give `query_type`, or both
/// `start_time` and `end_time`; where all are given, `query_type` wins.
// `contract.md` §3. The OpenAPI document publishes the paragraphs above, for clients.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/connections/online-users",
    operation_id = "ListHistoryOnlineInfoNew",
    tag = "Connections",
    params(ProjectIdParameter, ProjectIdHeader, OnlineParameters),
    responses(
        (status = 200, description = "The counts, by the hour for one day, else by the day.", body = UsersOnline),
        Refusals,
    ),
)]
pub(super) async fn count_users_online(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: Limits,
) -> Result<HttpResponse, ApiError> {
    let action = Action::ListConnections;
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let scope = access::to_project(&request, &state, &caller.principal, action)?;
    refuse_body(&request, &caller.body)?;
    let pairs = query::pairs(request.query_string())?;
    let online = OnlineQuery::from_pairs(pairs)?.into_request(scope, state.clock.now())?;
    tracing::info!(
        user = caller.principal.user(),
        project = %online.scope.project_id(),
        query = filled(request.query_string()),
        "users online asked for"
    );

    let store = Arc::clone(&state.store);
    let project = online.scope.project_id().clone();
    let question = move || {
        let counts = store.users_online(&online);
        counts.map(|counts| (online, counts))
    };
    let (online, counts) = state.query(&project, question).await?;
    let labels = online.grid.labels().iter();
    let time_counts = labels
        .zip(counts)
        .map(|(label, count)| format!("{label} : {count}"))
        .collect();
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(UsersOnline { time_counts }))
}

/// What the counts may be refused with.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const ONLINE: &[ErrorCode] = &[
            ErrorCode::InvalidTime,
            ErrorCode::EndWithoutStart,
            ErrorCode::EmptyTimeRange,
            ErrorCode::UnknownTimeZone,
            ErrorCode::UnknownQueryType,
            ErrorCode::NoPeriod,
            ErrorCode::TooManyDays,
        ];
        refusals(&[CREDENTIALS, PROJECT, BODY, QUERY, WHOLE, ONLINE])
    }
}
