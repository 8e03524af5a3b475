use actix_web::http::header::HeaderValue;
use actix_web::{HttpMessage as _, HttpRequest};

/// The identifier of a request, for the code that handles it.
#[derive(Clone)]
pub(crate) struct RequestId(pub(super) HeaderValue);

impl RequestId {
    /// The identifier that the answer to this request will carry.
    pub(crate) fn of(request: &HttpRequest) -> String {
        let extensions = request.extensions();
        let id = extensions.get::<Self>().and_then(|id| id.0.to_str().ok());
        id.unwrap_or_default().to_owned()
    }
}
