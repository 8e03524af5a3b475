use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};

/// An answer that nobody may keep: it is about a tenant, or true at this moment alone.
pub(crate) struct NoStore<R>(pub(crate) R);

impl<R: Responder> Responder for NoStore<R> {
    type Body = R::Body;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<Self::Body> {
        let mut response = self.0.respond_to(request);
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(CACHE_CONTROL, no_store);
        response
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use actix_web::web::Json;

    use super::*;

    #[test]
    fn an_answer_that_nobody_may_keep_says_so_and_is_otherwise_the_same() {
        let request = TestRequest::default().to_http_request();
        let plain = Json("x").respond_to(&request);
        let kept = NoStore(Json("x")).respond_to(&request);
        assert!(plain.headers().get(CACHE_CONTROL).is_none());
        assert_eq!(kept.headers().get(CACHE_CONTROL).unwrap(), "no-store");
        assert_eq!(kept.status(), plain.status());
        assert_eq!(kept.headers().len(), plain.headers().len() + 1);
    }
}
