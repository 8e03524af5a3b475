//! The server of a listener: actix's, over streams of ours.

use std::fmt;
use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive, Protocol, Request, Response};
use actix_server::ServerBuilder;
use actix_service::{IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _};
use actix_service::{fn_service, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;

use super::registry::Connections;
use super::stream::GuardedStream;

/// How long the server takes and forgets the rest of a body that was refused, so that its client can read why.
const LINGER: Duration = Duration::from_secs(2);

/// How the server treats the connections of a listener by itself. The rest is up to [`Connections`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct HttpLimits {
    /// How long an idle connection is kept.
    pub(crate) keep_alive: Duration,
}

/// Adds a listener to a server: its connections are those of `connections`, and the applications that `factory` makes, one
/// for each worker, answer their requests.
///
/// # Errors
/// When the listener cannot be used.
pub(crate) fn listen_on<F, A, S, B>(
    server: ServerBuilder,
    name: &str,
    listener: TcpListener,
    limits: HttpLimits,
    connections: Connections,
    factory: F,
) -> io::Result<ServerBuilder>
where
    F: Fn() -> A + Clone + Send + 'static,
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let graceful = server.graceful_shutdown_signal();
    server.listen(name, listener, move || {
        let graceful = graceful.clone();
        let connections = connections.clone();
        let application = factory()
            .into_factory()
            .map_err(|error| error.into().error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let graceful = graceful.clone();
                async move { graceful.notified().await }
            })
            .keep_alive(KeepAlive::Timeout(limits.keep_alive))
            // `Connections` looks at the heads of all requests, the server at the first alone.
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(LINGER)
            // A client that closes its side has left, also while nothing was sent yet.
            .h1_allow_half_closed(false)
            .on_connect_ext(|stream: &GuardedStream, data| {
                data.insert(Arc::clone(stream.control()));
            })
            .finish(map_config(application, |()| AppConfig::default()))
            .map_err(drop)
            .map_init_err(drop);
        fn_service(move |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            ready(Ok((connections.guard(stream), Protocol::Http1, peer)))
        })
        .and_then(http)
    })
}
