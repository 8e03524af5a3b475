use std::sync::Arc;

use actix_web::HttpRequest;

use super::control::ConnectionControl;
use super::registry::ForwardedRequest;
use crate::error::ApiError;

/// A request that runs on its connection, from its head to the last byte of its answer.
pub(crate) struct RunningRequest {
    /// There is no connection where a test calls a service directly.
    control: Option<Arc<ConnectionControl>>,
    forwarded: Option<ForwardedRequest>,
}

impl RunningRequest {
    /// Begins with the head of a request.
    pub(crate) fn begin(request: &HttpRequest) -> Self {
        let control = ConnectionControl::of(request).cloned();
        if let Some(control) = &control {
            control.begin_request();
        }
        Self {
            control,
            forwarded: None,
        }
    }

    /// Counts the request for its client, where a trusted proxy sends it.
    ///
    /// # Errors
    /// When too many requests of that client run (503).
    pub(crate) fn admit(&mut self, request: &HttpRequest) -> Result<(), ApiError> {
        if let Some(control) = &self.control
            && let Some(client) = control.forwarded_for(request.headers())
        {
            self.forwarded = Some(control.connections().forwarded(client)?);
        }
        Ok(())
    }

    /// Marks that it was counted, so that its connection does not count it too.
    pub(crate) fn set_counted(&self) {
        if let Some(control) = &self.control {
            control.set_counted();
        }
    }

    /// Whether the answer is to end the connection, since the service is about to stop.
    pub(crate) fn is_closing(&self) -> bool {
        let control = self.control.as_ref();
        control.is_some_and(|control| control.connections().is_closing())
    }
}

impl Drop for RunningRequest {
    fn drop(&mut self) {
        if let Some(control) = &self.control {
            control.end_request();
        }
    }
}
