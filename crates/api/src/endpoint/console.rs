//! `/console/`: the page for people, whose files and words are those of `deskledger-console`.

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETag, EntityTag, Header as _,
    IfNoneMatch, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use deskledger_console::{Asset, CONTENT_SECURITY_POLICY as POLICY, Meta, assets, page};
use deskledger_domain::{Language, UnknownLanguage};

use crate::error::{ApiError, ErrorCode};
use crate::http::constant::ConstantBody;
use crate::http::query;

/// The folder of scripts and styles: what is not there is no address of the page.
const FILES: &str = "files/";

/// The files, by their paths.
static ASSETS: LazyLock<HashMap<&str, (&Asset, ConstantBody)>> = LazyLock::new(|| {
    let with_body = |asset: &'static Asset| (asset, ConstantBody::new(asset.bytes));
    let by_path = assets().iter().map(|asset| (asset.path, with_body(asset)));
    by_path.collect()
});

/// The words of each language.
static WORDS: LazyLock<Result<HashMap<Language, ConstantBody>, serde_json::Error>> =
    LazyLock::new(|| {
        let words = |language| {
            let json = serde_json::to_vec(&Meta::new(language))?;
            Ok((language, ConstantBody::new(json)))
        };
        Language::ALL.into_iter().map(words).collect()
    });

/// `GET /console/{address}`: a file of the page, its words, or the page itself, which shows what its address says.
pub(super) async fn answer(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let path = request.uri().path();
    let address = path.strip_prefix("/console/").unwrap_or_default();
    if address == "meta" {
        return meta(&request);
    }
    if let Some((asset, body)) = ASSETS.get(address) {
        return Ok(file(&request, asset, body));
    }
    if address.starts_with(FILES) {
        return Err(ApiError::no_such_path(path));
    }
    let mut response = guarded("text/html; charset=utf-8");
    Ok(response.body(page(address)))
}

/// A browser keeps a file, and asks whether it changed.
fn file(request: &HttpRequest, asset: &Asset, body: &ConstantBody) -> HttpResponse {
    // Weak, since it is the same whether the file is compressed or not.
    let tag = EntityTag::new_weak(asset.hash.to_owned());
    let is_kept = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|kept| kept.weak_eq(&tag)),
        Err(_) => false,
    };
    if is_kept {
        return HttpResponse::NotModified()
            .insert_header(ETag(tag))
            .finish();
    }
    let mut response = guarded(asset.media_type);
    response.insert_header(ETag(tag));
    body.answer(request, response)
}

/// `GET /console/meta?language=…`: the words of a language, by default English.
fn meta(request: &HttpRequest) -> Result<HttpResponse, ApiError> {
    let pairs = query::pairs(request.query_string())?;
    let language = match pairs.as_slice() {
        [] => Language::default(),
        [(name, tag)] if name == "language" => {
            tag.parse().map_err(|unknown: UnknownLanguage| {
                ApiError::new(ErrorCode::UnknownLanguage, format!("language is {unknown}"))
            })?
        }
        _ => {
            return Err(ApiError::new(
                ErrorCode::UnknownParameter,
                "the one parameter is language, which may be given once",
            ));
        }
    };
    let words = WORDS
        .as_ref()
        .map_err(|error| ApiError::internal(error.to_string()))?;
    let words = words
        .get(&language)
        .ok_or_else(|| ApiError::no_such_path(request.path()))?;
    Ok(words.answer(request, guarded("application/json")))
}

fn guarded(media_type: &'static str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"));
    response
}
