use actix_web::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, Charset, ContentDisposition, DispositionParam,
    DispositionType, ExtendedValue, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use deskledger_domain::{Action, ExportFormat, ExportQuery, Language, Parameter};

use super::{State, access, media_type};
use crate::error::ApiError;
use crate::export::{ClientConnection, Export};
use crate::query;
use crate::request_body::refuse_body;
use crate::settings::LimitSettings;

/// `GET /v2/{project_id}/connections/desktops/export` (`contract.md` §1).
pub(super) async fn export_connections(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    limits: web::Data<LimitSettings>,
) -> Result<HttpResponse, ApiError> {
    let action = Action::ExportConnections;
    let access = access::to_project(&request, payload, &state, &limits, action).await?;
    refuse_body(&request, &access.body)?;
    let pairs = query::pairs(request.query_string())?;
    let query = ExportQuery::from_pairs(pairs)?;
    let names_format = query.value(Parameter::Format).is_some();
    let mut export_request = query.into_request(access.scope)?;
    if !names_format {
        export_request.format = media_type::accepted(&request);
    }
    let format = export_request.format;
    tracing::info!(
        user = access.principal.user(),
        project = %export_request.filter.project_id(),
        query = request.query_string(),
        %format,
        "export asked for"
    );

    let disposition = disposition(export_request.language, format, state.clock.now());
    let connection = request.conn_data::<ClientConnection>().cloned();
    let export = state.exports.start(export_request, connection).await?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, media_type::content_type(format)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((VARY, ACCEPT.as_str()))
        .insert_header(disposition);
    Ok(match export {
        Export::Whole(bytes) => response.body(bytes),
        Export::Streamed(body) => response.body(body),
    })
}

/// A name for the file: in ASCII for old clients, and in the reader's language (RFC 6266).
fn disposition(language: Language, format: ExportFormat, now: DateTime<Utc>) -> ContentDisposition {
    let name = |language: Language| {
        format!(
            "{}-{}.{format}",
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
            disposition(Language::ZhCn, ExportFormat::Xlsx, now).to_string(),
            "attachment; filename=\"desktop-connections-20200424T030247Z.xlsx\"; \
             filename*=UTF-8''%E6%A1%8C%E9%9D%A2%E8%BF%9E%E6%8E%A5%E8%AE%B0%E5%BD%95%2D20200424T030247Z.xlsx"
        );
    }

    #[test]
    fn the_first_name_is_ascii_whatever_the_language() {
        assert!(Language::EnUs.file_stem().is_ascii());
    }
}
