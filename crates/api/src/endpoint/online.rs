use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::{Action, OnlineQuery};
use serde::Serialize;

use super::{State, access};
use crate::error::ApiError;
use crate::query;
use crate::request_body::refuse_body;
use crate::settings::LimitSettings;

/// The body of the answer.
#[derive(Serialize)]
struct UsersOnline {
    /// An hour or day, and how many users were online in it: `14:00 : 7`.
    time_counts: Vec<String>,
}

/// `GET /v2/{project_id}/connections/online-users` (`contract.md` §3).
pub(super) async fn count_users_online(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: web::Data<LimitSettings>,
) -> Result<HttpResponse, ApiError> {
    let action = Action::ListConnections;
    let access = access::to_project(&request, payload, &state, &limits, action).await?;
    refuse_body(&request, &access.body)?;
    let pairs = query::pairs(request.query_string())?;
    let online = OnlineQuery::from_pairs(pairs)?.into_request(access.scope, state.clock.now())?;
    tracing::info!(
        user = access.principal.user(),
        project = %online.scope.project_id(),
        query = request.query_string(),
        "users online asked for"
    );

    let store = Arc::clone(&state.store);
    let (online, counts) = web::block(move || {
        let counts = store.users_online(&online);
        counts.map(|counts| (online, counts))
    })
    .await
    .map_err(|error| ApiError::internal(error.to_string()))??;
    let labels = online.grid.labels().iter();
    let time_counts = labels
        .zip(counts)
        .map(|(label, count)| format!("{label} : {count}"))
        .collect();
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(UsersOnline { time_counts }))
}
