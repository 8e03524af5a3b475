use std::sync::OnceLock;

use actix_web::http::header::{CONTENT_ENCODING, VARY};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use crate::http::coding::{self, Coding};

/// A body that does not change while the process lives. Anybody may ask for it, so it is compressed once for each coding, and all
/// answers share it.
pub(crate) struct ConstantBody {
    bytes: Bytes,
    gzip: OnceLock<Bytes>,
    zstd: OnceLock<Bytes>,
}

impl ConstantBody {
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: bytes.into(),
            gzip: OnceLock::new(),
            zstd: OnceLock::new(),
        }
    }

    /// An answer with this body, in the coding that the client prefers.
    pub(crate) fn answer(
        &self,
        request: &HttpRequest,
        mut response: HttpResponseBuilder,
    ) -> HttpResponse {
        response.insert_header((VARY, "accept-encoding"));
        let (coding, body) = self.coded(coding::accepted(request.headers()));
        if let Some(name) = coding.name() {
            response.insert_header((CONTENT_ENCODING, name));
        }
        response.body(body)
    }

    /// The body in a coding; as it is where that is no smaller, or the system has no memory for it.
    fn coded(&self, coding: Coding) -> (Coding, Bytes) {
        let as_it_is = (Coding::Identity, self.bytes.clone());
        let kept = match coding {
            Coding::Identity => return as_it_is,
            Coding::Gzip => &self.gzip,
            Coding::Zstd => &self.zstd,
        };
        let compressed = match kept.get() {
            Some(compressed) => compressed.clone(),
            None => match coding::compress(coding, &self.bytes) {
                Ok(compressed) => kept.get_or_init(|| compressed.into()).clone(),
                Err(_) => return as_it_is,
            },
        };
        if compressed.len() < self.bytes.len() {
            (coding, compressed)
        } else {
            as_it_is
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_compressed_once_and_shared() {
        let body = ConstantBody::new("deskledger ".repeat(1000));
        for coding in [Coding::Gzip, Coding::Zstd] {
            let (first, second) = (body.coded(coding), body.coded(coding));
            assert_eq!(first.0, coding);
            assert!(first.1.len() < body.bytes.len());
            assert_eq!(first.1.as_ptr(), second.1.as_ptr());
        }
        assert_eq!(
            body.coded(Coding::Identity),
            (Coding::Identity, body.bytes.clone())
        );
    }

    #[test]
    fn what_does_not_shrink_stays_as_it_is() {
        let body = ConstantBody::new("x");
        assert_eq!(
            body.coded(Coding::Gzip),
            (Coding::Identity, body.bytes.clone())
        );
    }
}
