use actix_web::http::header::{
    CONTENT_ENCODING, CONTENT_TYPE, Charset, ContentDisposition, DispositionParam, DispositionType,
    ExtendedValue, VARY,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use chrono::{DateTime, Utc};
use deskledger_domain::{
    Action, AuditVia, ExportFormat, ExportQuery, ExportRequest, Language, Parameter,
};
use utoipa::openapi::Response;

use super::caller::Identified;
use super::route::{Endpoint, Protected};
use super::{asks_for_head, head_only, media_type};
use crate::audit::Subject;
use crate::connection::ConnectionControl;
use crate::error::{ApiError, ErrorCode};
use crate::export::{Export, Transfer};
use crate::http::coding::{self, Coding};
use crate::http::delivery::takes_chunks;
use crate::http::no_store::NoStore;
use deskledger_contract::filter_refusals_and;
use deskledger_contract::openapi::exported_file;

/// The export of records. It is audited even where it is refused, so its handler has an order of its own.
pub(super) struct ExportConnections;

impl Endpoint for ExportConnections {
    const PARAMETERS: &'static [Parameter] = &ExportQuery::PARAMETERS;
    const REFUSALS: &'static [ErrorCode] = &filter_refusals_and::<6, 15>([
        ErrorCode::EndWithoutStart,
        ErrorCode::UnknownLanguage,
        ErrorCode::UnknownFormat,
        ErrorCode::NoSummary,
        ErrorCode::TooManyRows,
        ErrorCode::ProtocolTooOld,
    ]);

    fn files() -> Vec<(&'static str, Response)> {
        let file = exported_file(
            "The file. A small one has `Content-Length`; a large one is chunked, and begins before its \
             last row is read. `format` or else `Accept` says which form it has; a client that names none of them \
             gets the workbook, under its own type also where it accepts `application/octet-stream`. JSON Lines \
             are `application/x-ndjson`.",
        );
        vec![("200", file)]
    }
}

impl Protected for ExportConnections {
    const ACTION: Action = Action::ExportConnections;
}

/// Exports connection records as one XLSX workbook, or as CSV or JSON Lines.
///
/// All records of the project that match every filter, newest first, from one snapshot. All query parameters are
/// optional, each may be given once, and an empty value is an absent one.
///
/// What fails before the first bytes has its status. What fails after them breaks the transfer, so a body that ended
/// properly is whole.
// `contract.md` §1. The OpenAPI document publishes the paragraphs above, for clients.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/connections/desktops/export",
    operation_id = "ExportUserLoginInfoNew",
    tag = "Connections",
    impl_for = ExportConnections,
)]
pub(super) async fn export_connections(
    caller: Identified<ExportConnections>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let accepted = media_type::accepted(&caller.request);
    let subject = Subject::export(
        AuditVia::Export,
        caller.pairs_as_far_as_possible(),
        accepted,
    );
    let audit = caller.audit(subject)?;
    let asked = export_request(&caller, accepted);
    let (asked, audit) = caller.or_audited(asked, audit).await?;
    let (language, format) = (asked.language, asked.format);
    let name = disposition(
        Language::file_stem,
        language,
        format,
        audit.fields().started_at,
    );
    let (response, transfer) = match begin(&caller.request, format, name) {
        Beginning::File(response, transfer) => (response, transfer),
        Beginning::Head(response) => return Ok(NoStore(response)),
    };
    let connection = ConnectionControl::of(&caller.request).cloned();
    let state = &caller.state;
    let export = state
        .exports
        .start(asked, transfer, (&state.audit_log, audit), connection, None)
        .await?;
    Ok(NoStore(complete(response, export)))
}

/// What a request for an export is answered with at first.
pub(super) enum Beginning {
    /// The head of a file, and how the file is to travel.
    File(HttpResponseBuilder, Transfer),
    /// The whole answer: the head was all that was asked for.
    Head(HttpResponse),
}

/// Begins the answer that is an export of this format and name.
pub(super) fn begin(
    request: &HttpRequest,
    format: ExportFormat,
    name: ContentDisposition,
) -> Beginning {
    let transfer = Transfer {
        coding: coding_for(request, format),
        whole: !takes_chunks(request.version()),
    };
    let response = head(format, transfer, name);
    if asks_for_head(request) {
        Beginning::Head(head_only(response))
    } else {
        Beginning::File(response, transfer)
    }
}

/// The answer with the export as its body.
pub(super) fn complete(mut response: HttpResponseBuilder, export: Export) -> HttpResponse {
    match export {
        Export::Whole(bytes) => response.body(bytes),
        Export::Streamed(body) => response.body(body),
    }
}

fn head(format: ExportFormat, transfer: Transfer, name: ContentDisposition) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, format.content_type()))
        .insert_header((VARY, "accept, accept-encoding"))
        .insert_header(name);
    if let Some(name) = transfer.coding.name() {
        response.insert_header((CONTENT_ENCODING, name));
    }
    response
}

/// How the file is compressed on its way. A workbook is compressed already.
fn coding_for(request: &HttpRequest, format: ExportFormat) -> Coding {
    if format.is_compressed() {
        Coding::Identity
    } else {
        coding::accepted(request.headers())
    }
}

/// What a request asks for, if the caller may have it. `accepted` is the format that the caller prefers.
fn export_request(
    caller: &Identified<ExportConnections>,
    accepted: ExportFormat,
) -> Result<ExportRequest, ApiError> {
    let scope = caller.authorize()?;
    caller.refuse_body()?;
    let pairs = caller.pairs()?.iter().map(|(name, value)| (name, value));
    let query = ExportQuery::from_pairs(pairs)?.accepting(accepted);
    Ok(query.into_request(scope)?)
}

/// The name of a file, which begins with `stem`.
pub(super) fn file_name(stem: &str, format: ExportFormat, now: DateTime<Utc>) -> String {
    let time = now.format("%Y%m%dT%H%M%SZ");
    format!("{stem}-{time}.{format}")
}

/// A name for the file: in ASCII for old clients, and in the reader's language (RFC 6266). `stem` is how it begins.
pub(super) fn disposition(
    stem: fn(Language) -> &'static str,
    language: Language,
    format: ExportFormat,
    now: DateTime<Utc>,
) -> ContentDisposition {
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![
            DispositionParam::Filename(file_name(stem(Language::EnUs), format, now)),
            DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".to_owned()),
                language_tag: None,
                value: file_name(stem(language), format, now).into_bytes(),
            }),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_an_ascii_name_and_one_in_the_readers_language() {
        let now = DateTime::from_timestamp(1_587_697_367, 0).unwrap();
        assert_eq!(
            disposition(Language::file_stem, Language::ZhCn, ExportFormat::Xlsx, now).to_string(),
            "attachment; filename=\"desktop-connections-20200424T030247Z.xlsx\"; \
             filename*=UTF-8''%E6%A1%8C%E9%9D%A2%E8%BF%9E%E6%8E%A5%E8%AE%B0%E5%BD%95%2D20200424T030247Z.xlsx"
        );
    }

    #[test]
    fn the_first_name_is_ascii_whatever_the_language() {
        assert!(Language::EnUs.file_stem().is_ascii());
        assert!(Language::EnUs.audit_file_stem().is_ascii());
    }
}
