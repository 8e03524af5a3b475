use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, Charset, ContentDisposition, DispositionParam, DispositionType,
    ExtendedValue,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use deskledger_domain::{Action, ExportQuery, ExportRequest, Language};

use super::State;
use super::access::{self, Caller};
use crate::audit::audit_of;
use crate::error::ApiError;
use crate::export::{ClientConnection, Export};
use crate::query;
use crate::request_body::refuse_body;
use crate::settings::LimitSettings;

/// The media type of a workbook. It must not begin as a text, JSON or XML type does: the vendor's SDKs would parse it.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// `GET /v2/{project_id}/connections/desktops/export` (`contract.md` §1).
pub(super) async fn export_connections(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: web::Data<LimitSettings>,
) -> Result<HttpResponse, ApiError> {
    let caller = access::identify(&request, payload, &state, &limits).await?;
    let audit = audit_of(&request, &caller.principal, state.clock.now())?;
    let export_request = match export_request(&request, &state, &caller) {
        Ok(export_request) => export_request,
        Err(error) => {
            state.trail.refuse(audit, &error).await;
            return Err(error);
        }
    };
    let audit = state.trail.open(audit).await?;

    let disposition = disposition(export_request.language, state.clock.now());
    let connection = request.conn_data::<ClientConnection>().cloned();
    let export = state
        .exports
        .start(export_request, audit, connection)
        .await?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, XLSX))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(disposition);
    Ok(match export {
        Export::Whole(bytes) => response.body(bytes),
        Export::Streamed(body) => response.body(body),
    })
}

/// What a request asks for, where its sender may.
fn export_request(
    request: &HttpRequest,
    state: &State,
    caller: &Caller,
) -> Result<ExportRequest, ApiError> {
    let action = Action::ExportConnections;
    let scope = access::to_project(request, state, &caller.principal, action)?;
    refuse_body(request, &caller.body)?;
    let pairs = query::pairs(request.query_string())?;
    Ok(ExportQuery::from_pairs(pairs)?.into_request(scope)?)
}

/// A name for the file: in ASCII for old clients, and in the reader's language (RFC 6266).
fn disposition(language: Language, now: DateTime<Utc>) -> ContentDisposition {
    let name = |language: Language| {
        format!(
            "{}-{}.xlsx",
            language.file_stem(),
            now.format("%Y%m%dT%H%M%SZ")
        )
    };
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![
            DispositionParam::Filename(name(Language::EnUs)),
            DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".to_owned()),
                language_tag: None,
                value: name(language).into_bytes(),
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
            disposition(Language::ZhCn, now).to_string(),
            "attachment; filename=\"desktop-connections-20200424T030247Z.xlsx\"; \
             filename*=UTF-8''%E6%A1%8C%E9%9D%A2%E8%BF%9E%E6%8E%A5%E8%AE%B0%E5%BD%95%2D20200424T030247Z.xlsx"
        );
    }

    #[test]
    fn the_first_name_is_ascii_whatever_the_language() {
        assert!(Language::EnUs.file_stem().is_ascii());
    }
}
