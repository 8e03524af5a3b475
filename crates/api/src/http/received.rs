use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;
use deskledger_identity::{Header, Request};

use crate::connection::ConnectionControl;

/// A request as the server received it, for identity.
pub(crate) struct Received<'a>(pub(crate) &'a HttpRequest);

impl Request for Received<'_> {
    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn path(&self) -> &str {
        self.0.uri().path()
    }

    fn query(&self) -> &str {
        self.0.uri().query().unwrap_or_default()
    }

    fn authority(&self) -> Option<&str> {
        self.0
            .uri()
            .authority()
            .map(actix_web::http::uri::Authority::as_str)
    }

    fn header(&self, name: &str) -> Header<'_> {
        Header::of(self.0.headers().get_all(name).map(HeaderValue::as_bytes))
    }

    fn peer(&self) -> Option<IpAddr> {
        ConnectionControl::client_of(self.0)
    }
}
