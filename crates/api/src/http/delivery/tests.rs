use std::convert::Infallible;
use std::future::ready;

use actix_web::http::header::{ACCEPT_ENCODING, RANGE};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse};
use futures_util::stream;

use super::*;

/// What a service answers that has one path, which answers with a streamed body, and one, which answers with JSON.
async fn answer(parts: Parts, request: TestRequest) -> ServiceResponse<impl MessageBody> {
    let streamed = || {
        let chunk = ready(Ok::<_, Infallible>(Bytes::from_static(b"chunk")));
        ready(HttpResponse::Ok().streaming(stream::once(chunk)))
    };
    let json = || ready(HttpResponse::Ok().json("x".repeat(4000)));
    let layer = move || from_fn(move |request, next| deliver(parts, request, next));
    let app = App::new()
        .route("/streamed", web::get().to(streamed).wrap(layer()))
        .route("/json", web::get().to(json).wrap(layer()));
    call_service(&init_service(app).await, request.to_request()).await
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

#[actix_web::test]
async fn a_new_endpoint_refuses_a_part_from_the_middle() {
    for path in ["/streamed", "/json"] {
        let request = || get(path).insert_header((RANGE, "bytes=5-"));
        let response = answer(Parts::None, request()).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert!(!response.headers().contains_key(ACCEPT_RANGES));
        let response = answer(Parts::OfHandler, request()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(!response.headers().contains_key(ACCEPT_RANGES));
        let response = answer(Parts::None, get(path)).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers().get(ACCEPT_RANGES).unwrap(), "none");
    }
}

#[actix_web::test]
async fn a_new_endpoint_sends_no_stream_to_a_client_of_http_1_0() {
    for (version, path, status) in [
        (Version::HTTP_10, "/streamed", 426),
        (Version::HTTP_10, "/json", 200),
        (Version::HTTP_11, "/streamed", 200),
    ] {
        let response = answer(Parts::None, get(path).version(version)).await;
        assert_eq!(response.status().as_u16(), status, "{version:?} {path}");
    }
}

#[actix_web::test]
async fn a_new_endpoint_compresses_json_for_those_who_accept_that() {
    for (accepted, coding) in [("", None), ("gzip", Some("gzip")), ("zstd", Some("zstd"))] {
        let request = get("/json").insert_header((ACCEPT_ENCODING, accepted));
        let response = answer(Parts::None, request).await;
        let headers = response.headers();
        let encoding = headers.get(CONTENT_ENCODING).map(|name| name.to_str());
        assert_eq!(encoding.transpose().unwrap(), coding);
        assert_eq!(headers.get(VARY).unwrap(), "accept-encoding");
        let length = read_body(response).await.len();
        assert_eq!(length < 200, coding.is_some(), "{accepted}: {length}");
    }
}
