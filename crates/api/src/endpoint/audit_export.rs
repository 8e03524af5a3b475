use std::sync::Arc;

use actix_web::HttpResponse;
use deskledger_domain::{Action, AuditExportQuery, Language, Parameter};
use utoipa::openapi::Response;
use utoipa::openapi::path::Parameter as Described;

use super::caller::Authorized;
use super::export::{Beginning, begin, complete, disposition};
use super::media_type;
use super::route::{Endpoint, Protected};
use crate::audit::Subject;
use crate::connection::ConnectionControl;
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;
use deskledger_contract::openapi::{exported_file, of_audit_export};

/// The export of audits.
pub(super) struct ExportExportAudits;

impl Endpoint for ExportExportAudits {
    const PARAMETERS: &'static [Parameter] = &AuditExportQuery::PARAMETERS;
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::InvalidTime,
        ErrorCode::EndWithoutStart,
        ErrorCode::EmptyTimeRange,
        ErrorCode::UnknownValue,
        ErrorCode::UnknownLanguage,
        ErrorCode::UnknownTimeZone,
        ErrorCode::UnknownFormat,
        ErrorCode::ProtocolTooOld,
    ];

    fn describe(parameter: Parameter) -> Described {
        of_audit_export(parameter)
    }

    fn files() -> Vec<(&'static str, Response)> {
        let file = exported_file(
            "The file. A small one has `Content-Length`; a large one is chunked. `format` or else `Accept` \
             says which form it has, as for the export of records. A line of JSON Lines is an audit as the list has it.",
        );
        vec![("200", file)]
    }
}

impl Protected for ExportExportAudits {
    const ACTION: Action = Action::ListExportAudits;
}

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
    impl_for = ExportExportAudits,
)]
pub(super) async fn export_audits(
    authorized: Authorized<ExportExportAudits>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let Authorized {
        caller,
        scope,
        pairs,
    } = authorized;
    let accepted = media_type::accepted(&caller.request);
    let subject = Subject::audits(&pairs, accepted);
    let asked = AuditExportQuery::from_pairs(pairs)?.into_request(scope, accepted)?;

    let now = caller.state.clock.now();
    let name = disposition(Language::audit_file_stem, asked.language, asked.format, now);
    let (response, transfer) = match begin(&caller.request, asked.format, name) {
        Beginning::File(response, transfer) => (response, transfer),
        Beginning::Head(response) => return Ok(NoStore(response)),
    };
    let connection = ConnectionControl::of(&caller.request).cloned();
    let source = (Arc::clone(&caller.state.audits), asked);
    let audit = (&caller.state.audit_log, caller.audit(subject)?);
    let exports = &caller.state.exports;
    let export = exports.start_audits(source, transfer, audit, connection);
    Ok(NoStore(complete(response, export.await?)))
}
