use std::collections::BTreeMap;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, Charset, ContentDisposition, DispositionParam,
    DispositionType, ExtendedValue, VARY,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use chrono::{DateTime, Utc};
use deskledger_domain::{Action, AuditVia, ExportFormat, ExportQuery, ExportRequest, Language};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::access::{self, Caller};
use super::{State, asks_for_head, head_only, media_type};
use crate::audit::{self, Subject, audit_of};
use crate::connection::ConnectionControl;
use crate::error::{ApiError, ErrorCode};
use crate::export::{Export, Transfer};
use crate::http::body::refuse_body;
use crate::http::coding::{self, Coding};
use crate::http::delivery::takes_chunks;
use crate::http::query;
use crate::openapi::{
    BODY, CREDENTIALS, ExportParameters, PROJECT, ProjectIdHeader, ProjectIdParameter, QUERY,
    WHOLE, exported_file, refusals,
};
use crate::reload::Limits;

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
    params(ProjectIdParameter, ProjectIdHeader, ExportParameters),
    responses(Answers)
)]
pub(super) async fn export_connections(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: Limits,
) -> Result<HttpResponse, ApiError> {
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let accepted = media_type::accepted(&request);
    let now = state.clock.now();
    let subject = Subject::export(AuditVia::Export, &request, accepted);
    let audit = audit_of(&request, &caller.principal, subject, now)?;
    let export_request = match export_request(&request, &state, &caller, accepted) {
        Ok(export_request) => export_request,
        Err(error) => {
            audit::refuse(&state.audit_log, audit, &error).await;
            return Err(error);
        }
    };
    let format = export_request.format;
    let name = disposition(Language::file_stem, export_request.language, format, now);
    let (response, transfer) = match begin(&request, format, name) {
        Beginning::File(response, transfer) => (response, transfer),
        Beginning::Head(response) => return Ok(response),
    };
    let connection = ConnectionControl::of(&request).cloned();
    let export = state
        .exports
        .start(
            export_request,
            transfer,
            (&state.audit_log, audit),
            connection,
        )
        .await?;
    Ok(complete(response, export))
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
        .insert_header((CONTENT_TYPE, media_type::content_type(format)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((VARY, "accept, accept-encoding"))
        .insert_header(name);
    if let Some(name) = transfer.coding.name() {
        response.insert_header((CONTENT_ENCODING, name));
    }
    response
}

/// How the file is compressed on its way. A workbook is compressed already.
fn coding_for(request: &HttpRequest, format: ExportFormat) -> Coding {
    match format {
        ExportFormat::Xlsx => Coding::Identity,
        ExportFormat::Csv | ExportFormat::JsonLines => coding::accepted(request.headers()),
    }
}

/// What a request asks for, if the caller may have it. `accepted` is the format that the caller prefers.
fn export_request(
    request: &HttpRequest,
    state: &State,
    caller: &Caller,
    accepted: ExportFormat,
) -> Result<ExportRequest, ApiError> {
    let action = Action::ExportConnections;
    let scope = access::to_project(request, state, &caller.principal, action)?;
    refuse_body(request, &caller.body)?;
    let pairs = query::pairs(request.query_string())?;
    let query = ExportQuery::from_pairs(pairs)?.accepting(accepted);
    Ok(query.into_request(scope)?)
}

/// What an export is answered with.
struct Answers;

impl IntoResponses for Answers {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        const EXPORT: &[ErrorCode] = &[
            ErrorCode::InvalidTime,
            ErrorCode::EndWithoutStart,
            ErrorCode::EmptyTimeRange,
            ErrorCode::UnknownLanguage,
            ErrorCode::UnknownTimeZone,
            ErrorCode::UnknownFormat,
            ErrorCode::InvalidBoolean,
            ErrorCode::NoSummary,
            ErrorCode::TooManyRows,
            ErrorCode::ProtocolTooOld,
        ];
        let file = exported_file(
            "The file. A small one has `Content-Length`; a large one is chunked, and begins before its \
             last row is read. `format` or else `Accept` says which form it has; a client that names none of them \
             gets the workbook, under its own type also where it accepts `application/octet-stream`. JSON Lines \
             are `application/x-ndjson`.",
        );
        let mut answers = refusals(&[CREDENTIALS, PROJECT, BODY, QUERY, WHOLE, EXPORT]);
        answers.insert("200".to_owned(), file.into());
        answers
    }
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
