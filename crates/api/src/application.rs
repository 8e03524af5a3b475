//! The whole service, from settings to a listening port.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use actix_web::web;
use deskledger_domain::Clock;
use deskledger_identity::IamTokens;
use deskledger_lifecycle::{
    DATABASE_URL, DatabaseProbe, Limiters, MostConnections, Readiness, Reloader, RunningStartup,
    StartError, Startup, Supervisor, TaskWorker, Work, database_name,
};
use deskledger_limiter::{Limiter, Progress};
use deskledger_metrics::{DatabaseStatus, Metrics, ReadDatabaseStatus, Sources};
use deskledger_settings::Settings;
use deskledger_store::{
    AuditStore, Database, ExportLinkStore, ExportTaskStore, RecordStore, SessionStore,
};
use futures_util::future::{Either, join, select};

use crate::audit;
use crate::connection::ConnectionMetrics;
use crate::endpoint::State;
use crate::export::ExportService;
use crate::link::LinkService;
use crate::recording::RecordingService;
use crate::response_memory::ResponseMemory;
use crate::server::{HttpServer, Listeners, StopHandle};
use crate::task::{FileStorage, Job, Runner, TaskService, Worker};

/// The service, listening. It answers once [`Application::run_until_stopped`] is awaited, in an actix system.
pub struct Application {
    server: HttpServer,
    startup: RunningStartup,
    readiness: Readiness,
    reloader: Reloader,
}

impl Application {
    /// Builds the service: it listens, and from now on a thread waits for what serving needs. That the database does not
    /// answer, or has another schema, is no error: the service becomes [ready](Self::readiness) when that has passed.
    ///
    /// # Errors
    /// When a setting is wrong, a file that it names cannot be read, or the address is taken.
    pub fn build(settings: &Settings) -> Result<Self, StartError> {
        Self::build_with_clock(settings, Clock::system())
    }

    /// [`Application::build`] on sockets that listen already.
    ///
    /// # Errors
    /// As for [`Application::build`].
    pub fn build_on(settings: &Settings, listeners: Listeners) -> Result<Self, StartError> {
        Self::assemble_located(settings, Clock::system(), listeners)
    }

    /// [`Application::build`] with a clock of one's own.
    ///
    /// # Errors
    /// As for [`Application::build`].
    pub fn build_with_clock(settings: &Settings, clock: Clock) -> Result<Self, StartError> {
        Self::assemble_located(settings, clock, Listeners::default())
    }

    fn assemble_located(
        settings: &Settings,
        clock: Clock,
        listeners: Listeners,
    ) -> Result<Self, StartError> {
        Self::assemble(settings, clock, listeners).map_err(|error| match error {
            StartError::Settings(error) => StartError::Settings(settings.located(error)),
            other => other,
        })
    }

    fn assemble(
        settings: &Settings,
        clock: Clock,
        listeners: Listeners,
    ) -> Result<Self, StartError> {
        let limits = &settings.limits;
        let store = Database::open(&settings.store_of_service())
            .map_err(|error| StartError::of_store(settings, error))?
            .records();
        let audits = Database::open(&settings.store())?.audits();
        let sessions = Database::open(&settings.store())?.sessions();
        let (metrics, connection_metrics) = Metrics::with(ConnectionMetrics::register);
        let audit_log = audit::client(clock.clone(), metrics.clone());
        let reloader = Reloader::new(
            settings,
            (Arc::clone(&store), Arc::clone(&sessions)),
            clock.clone(),
            metrics.clone(),
        )?;
        let exports = ExportService::new(Arc::clone(&store), clock.clone(), limits);
        let job = Job {
            exports: exports.clone(),
            audit_log: audit_log.clone(),
            metrics: metrics.clone(),
            access: reloader.access().clone(),
            clock: clock.clone(),
        };
        let queries = Work::Queries.limiter(limits);
        let (tasks, worker) = export_tasks(settings, job, queries.clone())?;
        let links = export_links(settings, &clock, &queries)?;
        let database = database_status(&store, &audits, tasks.store(), links.store(), &sessions);
        let connections = MostConnections::new(&database().pools, limits.exports);
        metrics.set_database_status(database);
        let readiness = Readiness::starting(metrics.clone());
        let state = web::Data::new(State {
            access: reloader.access().clone(),
            exports,
            responses: ResponseMemory::new(limits),
            recordings: RecordingService::new(Arc::clone(&store), limits, metrics.clone()),
            queries,
            downloads: Work::Downloads.limiter(limits),
            progress: Progress::new(limits.min_bytes_per_second, limits.min_rate_window()),
            links,
            tasks,
            probe: DatabaseProbe::begin(Arc::clone(&store))?,
            store,
            audits,
            audit_log,
            audited_lists: settings.audit.lists,
            metrics: metrics.clone(),
            clock,
            readiness: readiness.clone(),
            has_console: settings.console.enabled,
        });
        let limiters = Limiters {
            exports: state.exports.limiter().clone(),
            recordings: state.recordings.limiter().clone(),
            queries: state.queries.clone(),
            downloads: state.downloads.clone(),
        };
        metrics.set_sources(sources(
            settings,
            &limiters,
            reloader.iam(),
            &state.responses,
        ));
        reloader.set_limiters(limiters);
        let server = HttpServer::listen(
            settings,
            listeners,
            &state,
            reloader.limits(),
            (metrics.clone(), connection_metrics),
        )?;
        let startup = Startup {
            auto_migrate: settings.database.auto_migrate,
            database: database_name(settings, state.store.as_ref()),
            database_setting: settings.origin(DATABASE_URL),
            store: Arc::clone(&state.store),
            audits: Arc::clone(&state.audits),
            audit_log: state.audit_log.clone(),
            tasks: Arc::clone(state.tasks.tasks()),
            links: Arc::clone(state.links.store()),
            keep_links: settings.links.keep(),
            worker: worker.map(|worker| Box::new(worker) as Box<dyn TaskWorker>),
            sessions: (!settings.identity.sealing_keys.is_empty())
                .then(|| (sessions, settings.sessions.idle())),
            retention: settings.retention.clone(),
            clock: state.clock.clone(),
            readiness: readiness.clone(),
            address: server.address(),
            connections,
            supervisor: Supervisor::new(metrics),
        };
        Ok(Self {
            server,
            // Last, so that what is wrong for good has ended the process before.
            startup: startup.begin()?,
            readiness,
            reloader,
        })
    }

    /// The address that the service listens on.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The address that administrators ask for health and metrics, where there is one of their own.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.server.admin_address()
    }

    /// The port that the service listens on.
    pub fn port(&self) -> u16 {
        self.address().port()
    }

    /// Whether the service can serve yet.
    pub fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// What takes over changed settings while the service runs.
    pub fn reloader(&self) -> &Reloader {
        &self.reloader
    }

    /// What stops the service from outside.
    pub fn stop_handle(&self) -> StopHandle {
        self.server.stop_handle().clone()
    }

    /// Answers requests until the process is asked to stop or [`StopHandle::stop`] is called. SIGTERM lets running
    /// exports go on for `server.shutdown_seconds`; Ctrl-C (SIGINT) breaks them at once. Tasks that run are given back,
    /// for the next process. What was broken off is written into the audit.
    ///
    /// It also ends where the service can never become ready, because `database.url` names what is no database of ours.
    ///
    /// # Errors
    /// When the server breaks, or the database can never be used.
    pub async fn run_until_stopped(self) -> Result<(), StartError> {
        let stop = self.server.stop_handle().clone();
        let hopeless = self.startup.hopeless();
        let server = pin!(self.server.run());
        let report = pin!(hopeless.recv_async());
        let result = match select(server, report).await {
            Either::Left((stopped, _)) => stopped.map_err(StartError::from),
            // It is ready, or stops.
            Either::Right((Err(_), server)) => server.await.map_err(StartError::from),
            Either::Right((Ok(error), server)) => {
                let ((), stopped) = join(stop.stop(false), server).await;
                stopped?;
                Err(error)
            }
        };
        self.startup.finish().await;
        result
    }
}

/// Opens the database of the settings, and brings its schema up to date where they say so.
///
/// # Errors
/// When the database does not answer, or its schema is not up to date.
pub fn open_store(settings: &Settings) -> Result<Arc<dyn RecordStore>, StartError> {
    let failed = |error| StartError::of_store(settings, error);
    let store = Database::open(&settings.store()).map_err(failed)?.records();
    if settings.database.auto_migrate {
        for migration in store.migrate().map_err(failed)? {
            tracing::info!(migration, "schema migrated");
        }
    } else {
        let pending = store.pending_migrations().map_err(failed)?;
        if !pending.is_empty() {
            return Err(StartError::SchemaBehind(pending.join(", ")));
        }
    }
    Ok(store)
}

/// The service that answers requests about export tasks. Where the settings name a location for their files, also the
/// worker that runs the tasks.
fn export_tasks(
    settings: &Settings,
    job: Job,
    queries: Limiter,
) -> Result<(TaskService, Option<Worker>), StartError> {
    let tasks: Arc<dyn ExportTaskStore> = Database::open(&settings.store())?.export_tasks();
    let most_waiting = settings.tasks.waiting_per_project;
    let Some(location) = settings.task_location()? else {
        tracing::warn!(
            "tasks.storage is empty, and there is no file that it could be beside: there are no export tasks"
        );
        return Ok((TaskService::new(tasks, None, most_waiting, queries), None));
    };
    let storage = Arc::new(FileStorage::open(&location, &settings.tasks)?);
    let service = TaskService::new(
        Arc::clone(&tasks),
        Some(Arc::clone(&storage)),
        most_waiting,
        queries,
    );
    let runner = Runner::new(tasks, storage, job, &settings.tasks);
    let worker = Worker::new(runner, Arc::clone(service.added()), &settings.tasks);
    Ok((service, Some(worker)))
}

/// The service that answers requests about export links.
fn export_links(
    settings: &Settings,
    clock: &Clock,
    queries: &Limiter,
) -> Result<LinkService, StartError> {
    let links = Database::open(&settings.store())?.export_links();
    Ok(LinkService::new(
        links,
        clock.clone(),
        &settings.links,
        queries.clone(),
    ))
}

/// What the metrics read. They hold nothing that holds them.
fn sources(
    settings: &Settings,
    limiters: &Limiters,
    iam: Option<&Arc<IamTokens>>,
    responses: &ResponseMemory,
) -> Sources {
    let responses = responses.clone();
    let mut sources = Sources {
        limiters: limiters.watched(),
        suspects: None,
        responses: Box::new(move || responses.held()),
        lost_lines: deskledger_telemetry::lost_lines,
        project_labels: settings.metrics.project_labels,
    };
    if let Some(iam) = iam {
        let (questions, suspects) = iam.watched();
        sources.limiters.push(questions);
        sources.suspects = Some(suspects);
    }
    sources
}

/// Reads what the connections of all stores do. It holds the stores alone, so that the metrics keep no service.
fn database_status(
    store: &Arc<dyn RecordStore>,
    audits: &Arc<dyn AuditStore>,
    tasks: &Arc<dyn ExportTaskStore>,
    links: &Arc<dyn ExportLinkStore>,
    sessions: &Arc<dyn SessionStore>,
) -> ReadDatabaseStatus {
    let (store, audits) = (Arc::clone(store), Arc::clone(audits));
    let (tasks, links) = (Arc::clone(tasks), Arc::clone(links));
    let sessions = Arc::clone(sessions);
    Box::new(move || {
        let pools = [
            store.pools(),
            audits.pools(),
            tasks.pools(),
            links.pools(),
            sessions.pools(),
        ];
        DatabaseStatus {
            pools: pools.concat(),
            replica: store.replica(),
        }
    })
}
