use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::{Action, AuditExportQuery, Language};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::export::{Beginning, begin, complete, disposition};
use super::{State, access, media_type};
use crate::connection::ConnectionControl;
use crate::error::{ApiError, ErrorCode};
use crate::http::body::refuse_body;
use crate::http::query;
use crate::openapi::{
    AuditExportParameters, BODY, CREDENTIALS, PROJECT, ProjectIdHeader, ProjectIdParameter, QUERY,
    WHOLE, exported_file, refusals,
};
use crate::reload::Limits;

/// Exports the list of audits as an XLSX workbook, or as CSV or JSON Lines.
///
/// All audits of the project that match every filter, newest first. All query parameters are optional, each may be given once,
/// and an empty value is an absent one.
///
/// What fails before the first bytes has its status. What fails after them breaks the transfer, so a body that ended
/// properly is whole.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/connections/export-audits/export",
    operation_id = "ExportExportAudits",
    tag = "Connections",
    params(ProjectIdParameter, ProjectIdHeader, AuditExportParameters),
    responses(Answers)
)]
pub(super) async fn export_audits(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: Limits,
) -> Result<HttpResponse, ApiError> {
    let action = Action::ListExportAudits;
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let scope = access::to_project(&request, &state, &caller.principal, action)?;
    refuse_body(&request, &caller.body)?;
    let pairs = query::pairs(request.query_string())?;
    let accepted = media_type::accepted(&request);
    let asked = AuditExportQuery::from_pairs(pairs)?.into_request(scope, accepted)?;

    let now = state.clock.now();
    let name = disposition(Language::audit_file_stem, asked.language, asked.format, now);
    let (response, transfer) = match begin(&request, asked.format, name) {
        Beginning::File(response, transfer) => (response, transfer),
        Beginning::Head(response) => return Ok(response),
    };
    let connection = ConnectionControl::of(&request).cloned();
    let source = (Arc::clone(&state.audits), asked);
    let user = caller.principal.user();
    let exports = &state.exports;
    let export = exports.start_audits(source, user, transfer, connection);
    Ok(complete(response, export.await?))
}

/// What an export of audits is answered with.
struct Answers;

impl IntoResponses for Answers {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const EXPORT: &[ErrorCode] = &[
            ErrorCode::InvalidTime,
            ErrorCode::EndWithoutStart,
            ErrorCode::EmptyTimeRange,
            ErrorCode::UnknownValue,
            ErrorCode::UnknownLanguage,
            ErrorCode::UnknownTimeZone,
            ErrorCode::UnknownFormat,
            ErrorCode::ProtocolTooOld,
        ];
        let file = exported_file(
            "The file. A small one has `Content-Length`; a large one is chunked. `format` or else `Accept` \
             says which form it has, as for the export of records. A line of JSON Lines is an audit as the list has it.",
        );
        let mut answers = refusals(&[CREDENTIALS, PROJECT, BODY, QUERY, WHOLE, EXPORT]);
        answers.insert("200".to_owned(), file.into());
        answers
    }
}
