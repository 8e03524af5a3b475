//! What fuzz targets reach that is not part of the interface. It may change at any time.

use std::ops::Range;

use actix_web::http::header::{HeaderName, HeaderValue, RANGE};
use actix_web::http::{Method, Uri};
use actix_web::test::TestRequest;
use deskledger_domain::ProjectId;

use crate::http::received::Received;

pub use deskledger_store::fuzzing::decode_copy;

/// The pairs of a query; `None` where it is malformed.
pub fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    crate::http::query::pairs(query).ok()
}

/// The part of a file of so many bytes that the value of a header `Range` asks for; `None` where that is all of it, or where
/// it cannot be had.
pub fn range(value: &[u8], bytes: u64) -> Option<Range<u64>> {
    let request = TestRequest::get().insert_header((RANGE, HeaderValue::from_bytes(value).ok()?));
    crate::endpoint::wanted_part(&request.to_http_request(), bytes)
}

/// What a signed request with an empty body covers; `None` where it is no such request.
pub fn canonical(method: &str, target: &str, headers: &[(&str, &[u8])]) -> Option<Vec<u8>> {
    let uri: Uri = target.parse().ok()?;
    let method = Method::from_bytes(method.as_bytes()).ok()?;
    let mut request = TestRequest::with_uri(&uri.to_string()).method(method);
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        request = request.append_header((name, HeaderValue::from_bytes(value).ok()?));
    }
    deskledger_identity::canonical_form(&Received(&request.to_http_request()))
}

/// How many records an array in a body holds; `None` where the array is invalid.
pub fn array(text: &[u8], project: &ProjectId, most: usize) -> Option<usize> {
    deskledger_ingest::read_array(text, project, most)
        .ok()
        .map(|events| events.len())
}
