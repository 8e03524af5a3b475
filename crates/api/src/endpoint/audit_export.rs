use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use deskledger_domain::{Action, AuditExportQuery, Language};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::export::{disposition, head, transfer};
use super::media_type::{self, ANY_APPLICATION, ANY_FILE, CSV, XLSX};
use super::{State, access, asks_for_head, head_only};
use crate::connection::ConnectionControl;
use crate::error::{ApiError, ErrorCode};
use crate::export::Export;
use crate::openapi::{
    AuditExportParameters, BODY, CREDENTIALS, File, PROJECT, ProjectIdHeader, ProjectIdParameter,
    QUERY, WHOLE, refusals,
};
use crate::query;
use crate::reload::Limits;
use crate::request_body::refuse_body;

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
    responses(
        (
            status = 200,
            description = "The file. A small one has `Content-Length`; a large one is chunked. `format` or else `Accept` \
                says which form it has, as for the export of records. A line of JSON Lines is an audit as the list has it.",
            content(
                (inline(File) = XLSX),
                (inline(File) = ANY_FILE),
                (inline(File) = CSV),
                (inline(File) = ANY_APPLICATION),
            ),
            headers(
                (
                    "Content-Disposition" = String,
                    description = "`attachment`, with an ASCII `filename` and a `filename*` in UTF-8, in the asked \
                        language (RFC 6266)."
                ),
                ("Vary" = String, description = "`Accept`, which may choose the form, and `Accept-Encoding`."),
                (
                    "Content-Encoding" = String,
                    description = "`gzip` or `zstd`, where `Accept-Encoding` names it and the file is CSV or JSON Lines."
                ),
                ("Accept-Ranges" = String, description = "`none`: an export cannot be resumed."),
            ),
        ),
        Refusals,
    ),
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

    let transfer = transfer(&request, asked.format);
    let name = disposition(
        Language::audit_file_stem,
        asked.language,
        asked.format,
        state.clock.now(),
    );
    let mut response = head(asked.format, transfer, name);
    if asks_for_head(&request) {
        return Ok(head_only(response));
    }
    let connection = ConnectionControl::of(&request).cloned();
    let source = (Arc::clone(&state.audits), asked);
    let user = caller.principal.user();
    let exports = &state.exports;
    let export = exports.start_audits(source, user, transfer, connection);
    Ok(match export.await? {
        Export::Whole(bytes) => response.body(bytes),
        Export::Streamed(body) => response.body(body),
    })
}

/// What an export of audits may be refused with.
struct Refusals;

impl IntoResponses for Refusals {
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
        refusals(&[CREDENTIALS, PROJECT, BODY, QUERY, WHOLE, EXPORT])
    }
}
