//! What a browser asks for by itself, or where somebody types an address without knowing the paths.

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, LOCATION, VARY};
use actix_web::{HttpRequest, HttpResponse};

use crate::error::ApiError;
use crate::http::header::accept::media_ranges;
use crate::http::no_store::NoStore;

/// `GET /`: leads people to the console.
pub(super) async fn root_of_console(
    request: HttpRequest,
) -> Result<NoStore<HttpResponse>, ApiError> {
    leading_people_to("console/", &request)
}

/// `GET /` where there is no console: leads people to the explorer.
pub(super) async fn root_of_explorer(
    request: HttpRequest,
) -> Result<NoStore<HttpResponse>, ApiError> {
    leading_people_to("explorer", &request)
}

/// `GET /console`: leads to the page, whose addresses are below it.
pub(super) async fn console_without_slash() -> NoStore<HttpResponse> {
    leading_to("console/")
}

/// `GET /explorer/`: leads to the page, whose own references count from there.
pub(super) async fn explorer_with_slash() -> NoStore<HttpResponse> {
    leading_to("../explorer")
}

/// `GET /favicon.ico`: there is no icon, which is no error that a console or a log should show.
pub(super) async fn icon() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .finish()
}

/// A program, which does not ask for HTML by name, gets a 404.
fn leading_people_to(
    location: &'static str,
    request: &HttpRequest,
) -> Result<NoStore<HttpResponse>, ApiError> {
    if !names_html(request) {
        return Err(ApiError::no_such_path(request.path()));
    }
    Ok(leading_to(location))
}

/// The address is relative, so that it is right behind a proxy that puts a path before ours.
fn leading_to(location: &'static str) -> NoStore<HttpResponse> {
    NoStore(
        HttpResponse::Found()
            .insert_header((LOCATION, location))
            .insert_header((VARY, ACCEPT.as_str()))
            .finish(),
    )
}

/// Whether a request is one of a browser that shows its answer to a person.
pub(super) fn names_html(request: &HttpRequest) -> bool {
    media_ranges(request.headers())
        .iter()
        .any(|range| range.essence() == "text/html" && range.weight > 0)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn html_is_named_by_who_wants_it() {
        for (accept, named) in [
            ("text/html", true),
            ("TEXT/HTML;q=0.1", true),
            ("application/xml, text/html;level=1", true),
            ("text/html;q=0", false),
            ("text/html; q=0.000", false),
            ("text/*", false),
            ("*/*", false),
            ("text/plain;x=\"a, text/html, b\"", false),
            ("text/htmlx", false),
            ("", false),
        ] {
            let request = TestRequest::default().insert_header((ACCEPT, accept));
            assert_eq!(names_html(&request.to_http_request()), named, "{accept}");
        }
    }
}
