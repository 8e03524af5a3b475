use std::sync::Arc;

use actix_web::web::Json;
use deskledger_domain::{Action, OnlineQuery, Parameter};
use deskledger_telemetry::filled;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::Parameter as Described;

use super::caller::Authorized;
use super::route::{Endpoint, Protected};
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;
use deskledger_contract::filter_refusals_and;
use deskledger_contract::openapi::of_users_online;

/// How many users were online.
#[derive(Serialize, ToSchema)]
pub(super) struct UsersOnline {
    /// Each hour or day, oldest first, and how many users were online in it.
    // Of one element: utoipa puts them there.
    #[schema(examples("13:00 : 12", "2020-04-25 : 112"))]
    time_counts: Vec<String>,
}

/// The counts of users.
pub(super) struct CountUsersOnline;

impl Endpoint for CountUsersOnline {
    const PARAMETERS: &'static [Parameter] = &OnlineQuery::PARAMETERS;
    const REFUSALS: &'static [ErrorCode] = &filter_refusals_and::<4, 13>([
        ErrorCode::EndWithoutStart,
        ErrorCode::UnknownQueryType,
        ErrorCode::NoPeriod,
        ErrorCode::TooManyDays,
    ]);

    fn describe(parameter: Parameter) -> Described {
        of_users_online(parameter)
    }
}

impl Protected for CountUsersOnline {
    const ACTION: Action = Action::ListConnections;
}

/// Counts the users that were online.
///
/// A user counts once in each hour or day in which one of their connections was open. Give `query_type`, or both
/// `start_time` and `end_time`; where all are given, `query_type` wins. Connections that do not match every other filter
/// do not count.
// `contract.md` §3. The OpenAPI document publishes the paragraphs above, for clients.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/connections/online-users",
    operation_id = "ListHistoryOnlineInfoNew",
    tag = "Connections",
    impl_for = CountUsersOnline,
    responses((status = 200, description = "The counts, by the hour for one day, else by the day.", body = UsersOnline)),
)]
pub(super) async fn count_users_online(
    authorized: Authorized<CountUsersOnline>,
) -> Result<NoStore<Json<UsersOnline>>, ApiError> {
    let Authorized {
        caller,
        scope,
        pairs,
    } = authorized;
    let now = caller.state.clock.now();
    let online = OnlineQuery::from_pairs(pairs)?.into_request(scope, now)?;
    tracing::info!(
        user = caller.principal.user(),
        project = %online.scope.project_id(),
        query = filled(caller.request.query_string()),
        "users online asked for"
    );

    let store = Arc::clone(&caller.state.store);
    let project = online.scope.project_id().clone();
    let question = move || {
        let counts = store.users_online(&online);
        counts.map(|counts| (online, counts))
    };
    let (online, counts) = caller.state.query(&project, question).await?;
    let labels = online.grid.labels().iter();
    let time_counts = labels
        .zip(counts)
        .map(|(label, count)| format!("{label} : {count}"))
        .collect();
    Ok(NoStore(Json(UsersOnline { time_counts })))
}
