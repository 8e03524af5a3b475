//! The server: its listeners, how many connections they take, and how it stops.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use actix_web::dev::{Server, ServerHandle};
use actix_web::{App, middleware, rt, web};
use deskledger_metrics::Metrics;
use deskledger_settings::{LimitSettings, ServerSettings, Settings, SettingsError};
use socket2::{Domain, Protocol, Socket, Type};

use crate::connection::{
    ConnectionLimits, ConnectionMetrics, Connections, CutReason, HttpLimits, Proxies, Stop,
    listen_on, raise_descriptor_limit, stop_requested,
};
use crate::endpoint::{self, Pages, State};
use crate::http::request;
use deskledger_lifecycle::{Live, StartError};

/// How many connections may wait in the system to be accepted.
const BACKLOG: i32 = 1024;

/// The most connections, where the settings leave their number to the limit of descriptors.
const MOST_CONNECTIONS: usize = 4096;

/// The most threads that the server starts.
const MOST_WORKERS: usize = 512;

/// How long a head may take where the settings set no limit.
const LONGEST_HEAD: u64 = 24 * 60 * 60;

/// Connections of the administrators' listener.
const ADMIN_CONNECTIONS: usize = 64;

/// Descriptors that are neither connections of clients nor of the database: files, the log, timers, questions to IAM.
const OTHER_DESCRIPTORS: usize = 64;

/// How long connections that were accepted may still send their requests when the service is asked to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(2);

/// How long there must be no such connection. One that was just accepted is on its way to a thread, where nobody sees it.
const QUIET: Duration = Duration::from_millis(300);

/// How often a stop looks how far it came.
const TICK: Duration = Duration::from_millis(20);

/// Sockets that listen already, from a process that had them before: systemd, or the service that is replaced.
#[derive(Debug, Default)]
pub struct Listeners {
    main: Option<TcpListener>,
    admin: Option<TcpListener>,
}

impl Listeners {
    /// The sockets that systemd, or another that does as it does, handed over (`LISTEN_FDS`, `LISTEN_PID`): the first is for
    /// clients, the second, if there is one, for administrators. Nothing was handed over where those say nothing.
    ///
    /// # Errors
    /// When what was handed over is no TCP socket that listens.
    pub fn handed_over() -> io::Result<Self> {
        let mut handed_over = listenfd::ListenFd::from_env();
        let mut take = |index| {
            if index >= handed_over.len() {
                return Ok(None);
            }
            let socket = handed_over.take_tcp_listener(index)?;
            socket.map(listening).transpose()
        };
        Ok(Self {
            main: take(0)?,
            admin: take(1)?,
        })
    }
}

/// A socket that was handed over, which must listen: on another one nobody would ever be answered.
fn listening(socket: TcpListener) -> io::Result<TcpListener> {
    #[cfg(target_os = "linux")]
    if !socket2::SockRef::from(&socket).is_listener()? {
        let reason = "a socket that was handed over (LISTEN_FDS) does not listen";
        return Err(io::Error::other(reason));
    }
    Ok(socket)
}

/// The server, listening.
pub(crate) struct HttpServer {
    server: Server,
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    stop: StopHandle,
}

/// Stops the service from outside.
#[derive(Clone)]
pub struct StopHandle {
    server: ServerHandle,
    connections: Connections,
    may_drain: bool,
}

impl HttpServer {
    /// Listens, on the sockets that were handed over or else on the addresses of the settings.
    ///
    /// # Errors
    /// When an address is taken, or the system has no thread.
    pub(crate) fn listen(
        settings: &Settings,
        listeners: Listeners,
        state: &web::Data<State>,
        limits_now: &Live<LimitSettings>,
        (metrics, connection_metrics): (Metrics, ConnectionMetrics),
    ) -> Result<Self, StartError> {
        name_settings_without_effect(settings, &listeners);
        let limits = connection_limits(settings)?;
        let connections = Connections::begin(limits.clone(), connection_metrics)?;
        let http = HttpLimits {
            keep_alive: limits.idle,
        };
        let (main, address) = listener(listeners.main, settings.server.listen, &settings.server)?;

        let workers = match settings.server.workers {
            0 => std::thread::available_parallelism().map_or(2, usize::from),
            workers => workers,
        }
        .min(MOST_WORKERS);
        // Those that are cut need a moment to be closed: the system's queue holds new ones until then.
        let of_worker = limits.all.div_ceil(workers) + OTHER_DESCRIPTORS;
        let mut server = Server::build()
            .workers(workers)
            .max_concurrent_connections(of_worker)
            .disable_signals()
            .shutdown_timeout(settings.server.shutdown_seconds);

        let metrics = web::Data::new(metrics);
        let limit_settings = web::Data::new(limits_now.clone());
        let pages = Pages::of(settings);
        let readiness = web::Data::new(state.readiness.clone());
        let shared = (state.clone(), limit_settings, metrics, readiness);
        let data = shared.clone();
        let application = move || {
            let (state, limits, metrics, readiness) = data.clone();
            App::new()
                .app_data(state)
                .app_data(limits)
                .app_data(metrics)
                .app_data(readiness)
                .wrap(middleware::from_fn(request::handle))
                .configure(|config| endpoint::configure(config, pages))
        };
        server = listen_on(
            server,
            "clients",
            main,
            http,
            connections.clone(),
            application,
        )?;

        let mut admin_address = None;
        let admin_setting = settings.server.admin_listen;
        if listeners.admin.is_some() || admin_setting.is_some() {
            let wanted = admin_setting.unwrap_or(settings.server.listen);
            let (admin, address) = listener(listeners.admin, wanted, &settings.server)?;
            admin_address = Some(address);
            let limits = ConnectionLimits {
                all: ADMIN_CONNECTIONS,
                per_peer: ADMIN_CONNECTIONS,
                unauthenticated: ADMIN_CONNECTIONS,
                ..limits
            };
            let connections = Connections::begin(limits, ConnectionMetrics::default())?;
            let data = shared;
            let application = move || {
                let (state, limits, metrics, readiness) = data.clone();
                App::new()
                    .app_data(state)
                    .app_data(limits)
                    .app_data(metrics)
                    .app_data(readiness)
                    .wrap(middleware::from_fn(request::handle))
                    .configure(endpoint::configure_for_administrators)
            };
            server = listen_on(
                server,
                "administrators",
                admin,
                http,
                connections,
                application,
            )?;
        }

        let server = server.run();
        let stop = StopHandle {
            server: server.handle(),
            connections,
            may_drain: settings.server.shutdown_seconds > 0,
        };
        Ok(Self {
            server,
            address,
            admin_address,
            stop,
        })
    }

    /// The address that clients find it at.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that administrators find it at, where they have one of their own.
    pub(crate) const fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// What stops it from outside.
    pub(crate) const fn stop_handle(&self) -> &StopHandle {
        &self.stop
    }

    /// Answers requests until it is stopped, by its handle or by the system.
    ///
    /// # Errors
    /// When the server breaks.
    pub(crate) async fn run(self) -> io::Result<()> {
        let stop = self.stop;
        let signals = rt::spawn(async move {
            let mut asked = stop_requested().await?;
            if asked == Stop::Gracefully {
                let graceful = stop.clone();
                rt::spawn(async move { graceful.stop(true).await });
                // Who asks twice does not want to wait.
                asked = stop_requested().await?;
                tracing::info!(?asked, "asked to stop again: what runs is broken off");
                stop.connections.cut_all(CutReason::Stopping);
            }
            stop.server.stop(false).await;
            Ok::<_, io::Error>(())
        });
        let stopped = self.server.await;
        signals.abort();
        stopped
    }
}

impl StopHandle {
    /// Stops the service. With `gracefully`, it takes no new connections, answers the requests of those that it has, and lets
    /// running exports go on for `server.shutdown_seconds`. Clients that are not known do not stretch that.
    ///
    /// It waits until the service has stopped, and so for ever where the service is never run: drop that one instead.
    pub async fn stop(&self, gracefully: bool) {
        if !(gracefully && self.may_drain) {
            return self.server.stop(gracefully).await;
        }
        let began = Instant::now();
        self.connections.close();
        // A request that is on its way to a connection that was accepted is answered.
        self.server.pause().await;
        let mut quiet_since = Instant::now();
        while quiet_since.elapsed() < QUIET && began.elapsed() < LAST_REQUESTS {
            rt::time::sleep(TICK).await;
            if self.connections.counts().rest() > 0 {
                quiet_since = Instant::now();
            }
        }
        let connections = self.connections.clone();
        let cutting = rt::spawn(async move {
            loop {
                connections.cut_what_stretches_a_stop(began.elapsed());
                rt::time::sleep(TICK).await;
            }
        });
        self.server.stop(true).await;
        cutting.abort();
    }
}

/// What the settings, and the system, allow.
fn connection_limits(settings: &Settings) -> Result<ConnectionLimits, SettingsError> {
    let server = &settings.server;
    let all = match (server.connections, raise_descriptor_limit()) {
        (0, None) => MOST_CONNECTIONS,
        (0, Some(descriptors)) => {
            let fit = descriptors.saturating_sub(other_descriptors(settings));
            let all = fit.clamp(1, MOST_CONNECTIONS);
            if all < MOST_CONNECTIONS {
                tracing::warn!(
                    descriptors,
                    connections = all,
                    needed = MOST_CONNECTIONS + other_descriptors(settings),
                    "the limit of descriptors (RLIMIT_NOFILE) is small: so many connections fit, and so many descriptors are needed for the default"
                );
            }
            all
        }
        (all, descriptors) => {
            let needed = all.saturating_add(other_descriptors(settings));
            if let Some(descriptors) = descriptors.filter(|descriptors| *descriptors < needed) {
                tracing::warn!(
                    descriptors,
                    connections = all,
                    needed,
                    "the limit of descriptors (RLIMIT_NOFILE) is smaller than server.connections needs"
                );
            }
            all
        }
    };
    // Half of them at most, so that there is always room for clients that are known, too.
    let unauthenticated = server.unauthenticated_connections.min(all.div_ceil(2));
    tracing::info!(
        connections = all,
        unauthenticated,
        "connections are bounded"
    );
    Ok(ConnectionLimits {
        all,
        per_peer: server.connections_per_peer,
        unauthenticated,
        head: Duration::from_secs(match server.request_timeout_seconds {
            0 => LONGEST_HEAD,
            seconds => seconds,
        }),
        idle: Duration::from_secs(server.keep_alive_seconds),
        slow_reader: Duration::from_secs(settings.limits.slow_client_seconds),
        proxies: Proxies::new(server.trusted_networks()?),
    })
}

/// How many descriptors are needed for other things than connections of clients.
fn other_descriptors(settings: &Settings) -> usize {
    let limits = &settings.limits;
    let pools = limits.exports + limits.queries + limits.recordings + settings.tasks.at_once;
    // A SQLite database has up to three files for each connection.
    let database = usize::try_from(pools)
        .unwrap_or(usize::MAX)
        .saturating_mul(3);
    // A download has its file, or its connection to the storage.
    let downloads = usize::try_from(limits.downloads).unwrap_or(usize::MAX);
    database
        .saturating_add(downloads)
        .saturating_add(OTHER_DESCRIPTORS + ADMIN_CONNECTIONS)
}

/// A socket that was handed over is listened on as it is, whatever the settings say.
fn name_settings_without_effect(settings: &Settings, listeners: &Listeners) {
    let (main, admin) = (listeners.main.is_some(), listeners.admin.is_some());
    let binds_none = main && (admin || settings.server.admin_listen.is_none());
    for (key, has_no_effect) in [
        ("server.listen", main),
        ("server.admin_listen", admin),
        ("server.reuse_port", binds_none),
    ] {
        if has_no_effect && settings.is_set(key) {
            let setting = settings.origin(key);
            tracing::warn!(
                setting,
                "a setting of the socket has no effect, since a socket was handed over"
            );
        }
    }
}

/// A socket that listens, and its address.
fn listener(
    handed_over: Option<TcpListener>,
    address: SocketAddr,
    settings: &ServerSettings,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let listener = match handed_over {
        Some(listener) => listener,
        None => bind(address, settings.reuse_port)
            .map_err(|source| StartError::Listen { address, source })?,
    };
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn bind(address: SocketAddr, reuse_port: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    #[cfg(unix)]
    {
        // A port whose last connections are still closing can be taken again, and by several processes where it is to be.
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(reuse_port)?;
    }
    #[cfg(not(unix))]
    let _ = reuse_port;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
