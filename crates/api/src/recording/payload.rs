use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::error::PayloadError;
use actix_web::web::{Bytes, Payload};
use futures_util::Stream as _;

/// A body as it arrives, which can be held on to while the answer is sent.
///
/// A chunked body that nobody holds is read on by the server, however long it is and however slowly it comes, before the
/// connection ends. One that is held and was not read to its end ends with the answer.
#[derive(Clone)]
pub(crate) struct HeldPayload(Rc<RefCell<Payload>>);

impl HeldPayload {
    /// Holds a body.
    pub(crate) fn new(payload: Payload) -> Self {
        Self(Rc::new(RefCell::new(payload)))
    }

    /// The next bytes; `None` at the end.
    pub(super) async fn next(&self) -> Option<Result<Bytes, PayloadError>> {
        poll_fn(|context| Pin::new(&mut *self.0.borrow_mut()).poll_next(context)).await
    }

    /// Holds on until the answer is sent, which ends the connection where the body was not read to its end.
    pub(crate) fn hold(self, response: HttpResponse) -> HttpResponse {
        response.map_body(|_, body| {
            BoxBody::new(Holding {
                body,
                _payload: self,
            })
        })
    }
}

/// The body of an answer that holds on to that of its request.
struct Holding {
    body: BoxBody,
    _payload: HeldPayload,
}

impl MessageBody for Holding {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
