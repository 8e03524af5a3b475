//! The body of an answer, as every answer has it, and that of its request, which stays until the answer has left.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;

use crate::connection::RunningRequest;

/// How many bytes of an answer are handed to the server at once. It copies them, so a large answer would be held twice.
const CHUNK_BYTES: usize = 64 * 1024;

/// The body of a request, shared by its handler and its answer.
///
/// A chunked body that nobody holds is read on by the server, however long it is and however slowly it comes, before the
/// connection ends. One that is held and was not read to its end ends with the answer.
#[derive(Clone)]
pub(crate) struct SharedPayload(Rc<RefCell<Payload>>);

impl SharedPayload {
    /// Shares the body of a request, if it has one.
    pub(crate) fn share(request: &mut ServiceRequest) -> Option<Self> {
        let payload = request.take_payload();
        if matches!(payload, Payload::None) {
            return None;
        }
        let shared = Self(Rc::new(RefCell::new(payload)));
        request.set_payload(Payload::Stream {
            payload: Box::pin(shared.clone()),
        });
        Some(shared)
    }
}

impl Stream for SharedPayload {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

/// The body of an answer. While it is there, its request runs.
pub(crate) struct Answer {
    body: BoxBody,
    rest: Bytes,
    _payload: Option<SharedPayload>,
    _running: RunningRequest,
}

impl Answer {
    /// The answer to a request that runs and has this body.
    pub(crate) fn new(
        body: BoxBody,
        payload: Option<SharedPayload>,
        running: RunningRequest,
    ) -> Self {
        Self {
            body,
            rest: Bytes::new(),
            _payload: payload,
            _running: running,
        }
    }
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_next(context) {
                Poll::Ready(Some(Ok(bytes))) => self.rest = bytes,
                other => return other,
            }
        }
        let length = self.rest.len().min(CHUNK_BYTES);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}
