//! From a process that listens to a service that is ready: what serving needs is awaited, never a reason to exit.

mod connections;
mod log;
mod watch;

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use deskledger_audit::AuditLogClient;
use deskledger_domain::{Clock, error_chain};
use deskledger_settings::{RetentionSettings, Settings};
use deskledger_store::{
    AuditStore, ExportLinkStore, ExportTaskStore, RecordStore, SessionStore, StoreError,
    StoreErrorKind, Use,
};
use deskledger_telemetry::filled;
use flume::RecvTimeoutError;

pub use self::connections::MostConnections;
pub use self::log::log_start;
use self::watch::Watch;

use crate::readiness::Readiness;
use crate::retention::Retention;
use crate::start_error::StartError;
use crate::supervisor::{JITTER, Supervisor, with_jitter};
use crate::task_worker::{RunningTaskWorker, TaskWorker};

/// The first and the longest pause between two attempts.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often the log repeats what is still waited for.
const REPEAT: Duration = Duration::from_secs(60);

/// What has to be done before the service can serve. It is tried until it succeeds.
pub struct Startup {
    /// Whether it brings the schema up to date.
    pub auto_migrate: bool,
    /// The name of the database, for the log.
    pub database: String,
    /// What set `database.url`, for the error of a database that can never be used.
    pub database_setting: String,
    /// The records.
    pub store: Arc<dyn RecordStore>,
    /// The audits.
    pub audits: Arc<dyn AuditStore>,
    /// What writes audits, once the database is there.
    pub audit_log: AuditLogClient,
    /// The export tasks.
    pub tasks: Arc<dyn ExportTaskStore>,
    /// The export links.
    pub links: Arc<dyn ExportLinkStore>,
    /// For how long they are listed after they were made.
    pub keep_links: Duration,
    /// What runs tasks, where there are any.
    pub worker: Option<Box<dyn TaskWorker>>,
    /// The sessions of people who sign in, with how long one may go unused; where anybody can.
    pub sessions: Option<(Arc<dyn SessionStore>, Duration)>,
    /// How long records are kept.
    pub retention: RetentionSettings,
    /// What time it is.
    pub clock: Clock,
    /// What learns that the service can serve, or why it cannot.
    pub readiness: Readiness,
    /// The address that it listens on, for the log.
    pub address: SocketAddr,
    /// How many connections to the database it opens.
    pub connections: MostConnections,
    /// What keeps its threads alive.
    pub supervisor: Supervisor,
}

/// Reports why a service can never serve. It ends without a report once the service is ready, or stops.
pub type Hopeless = flume::Receiver<StartError>;

/// A start on its thread, and what it has started. When this is dropped, all of it ends as soon as it can.
pub struct RunningStartup {
    /// Nothing is ever sent: that it is gone ends the wait.
    stop: flume::Sender<Infallible>,
    background: Arc<Mutex<Option<Background>>>,
    audit_log: AuditLogClient,
    hopeless: Hopeless,
}

/// The threads that work while the service serves.
struct Background {
    worker: Option<Box<dyn RunningTaskWorker>>,
    retention: Retention,
    #[expect(dead_code, reason = "held for its drop")]
    watch: Watch,
}

/// Why the service cannot serve yet.
enum Obstacle {
    Store(StoreError),
    SchemaBehind(String),
    Storage(io::Error),
    Thread(io::Error),
}

impl Startup {
    /// Begins to wait for what serving needs, on a thread of its own.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn begin(self) -> io::Result<RunningStartup> {
        let (stop, stopped) = flume::bounded(0);
        let (give_up, hopeless) = flume::bounded(1);
        let background = Arc::new(Mutex::new(None));
        let audit_log = self.audit_log.clone();
        let result = Arc::clone(&background);
        thread::Builder::new()
            .name("start".to_owned())
            .spawn(move || {
                let supervisor = self.supervisor.clone();
                supervisor.run("start", &mut || match self.until_ready(&stopped) {
                    Ok(Some(started)) => {
                        *lock(&result) = Some(started);
                        self.readiness.set_ready();
                        tracing::info!(address = %self.address, "ready");
                    }
                    Ok(None) => {}
                    // There is room for it, unless the service is gone.
                    Err(source) => drop(give_up.send(StartError::Database {
                        setting: self.database_setting.clone(),
                        source,
                    })),
                });
            })?;
        Ok(RunningStartup {
            stop,
            background,
            audit_log,
            hopeless,
        })
    }

    /// Tries until everything is there. `None` when the service stops before.
    ///
    /// # Errors
    /// When it never will be there: the settings name another database than the service can use.
    fn until_ready(
        &self,
        stopped: &flume::Receiver<Infallible>,
    ) -> Result<Option<Background>, StoreError> {
        let mut pause = FIRST_PAUSE;
        let mut logged: Option<(String, Instant)> = None;
        loop {
            let obstacle = match self.attempt() {
                Ok(background) => return Ok(Some(background)),
                Err(Obstacle::Store(error)) if error.kind().is_permanent() => {
                    self.readiness.set_waiting(error.to_string());
                    return Err(error);
                }
                Err(obstacle) => obstacle,
            };
            let reason = obstacle.to_string();
            let repeats = logged
                .as_ref()
                .is_some_and(|(before, at)| *before == reason && at.elapsed() < REPEAT);
            if !repeats {
                tracing::warn!(
                    reason,
                    cause = filled(obstacle.cause()),
                    database = self.database,
                    "waiting to become ready"
                );
                logged = Some((reason.clone(), Instant::now()));
            }
            self.readiness.set_waiting(reason);
            let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(with_jitter(pause, JITTER))
            else {
                return Ok(None);
            };
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn attempt(&self) -> Result<Background, Obstacle> {
        self.check_schema()?;
        self.store.check_rights(Use::Serve)?;
        let mut writer = self.audit_log.writer(self.audits.as_ref())?;
        if let Some(worker) = &self.worker {
            worker.check_storage().map_err(Obstacle::Storage)?;
        }
        self.name_lacking_rights()?;
        self.connections.compare(self.store.as_ref())?;
        let supervisor = self.supervisor.clone();
        thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || supervisor.run("audit", &mut || writer.run()))
            .map_err(Obstacle::Thread)?;
        let retention = Retention::begin(
            Arc::clone(&self.store),
            self.sessions.clone(),
            self.clock.clone(),
            &self.retention,
            &self.supervisor,
        );
        let watch = Watch::begin(
            Arc::clone(&self.store),
            Arc::clone(&self.tasks),
            (Arc::clone(&self.links), self.keep_links),
            self.clock.clone(),
            &self.supervisor,
        );
        let worker = self.worker.as_ref();
        let worker = worker.map(|worker| worker.start(&self.supervisor));
        Ok(Background {
            retention: retention.map_err(Obstacle::Thread)?,
            watch: watch.map_err(Obstacle::Thread)?,
            worker: worker.transpose().map_err(Obstacle::Thread)?,
        })
    }

    /// Says what the role of the database may not do. The service serves without it, as far as that goes.
    fn name_lacking_rights(&self) -> Result<(), StoreError> {
        let tasks = self.worker.as_ref().map(|_| Use::Tasks);
        let retention = self.retention.days.map(|_| Use::Retain);
        let sessions = self.sessions.as_ref().map(|_| Use::Sessions);
        // Keys are made and revoked where there is something to seal them with, as sessions are.
        let keys = sessions.map_or(Use::Keys, |_| Use::ChangeKeys);
        let uses = [
            Some(keys),
            Some(Use::Links),
            tasks,
            sessions,
            Some(Use::Record),
            retention,
        ];
        for for_use in uses.into_iter().flatten() {
            match self.store.check_rights(for_use) {
                Err(error) if error.kind() == StoreErrorKind::LacksRights => {
                    tracing::warn!(
                        error = error_chain(&error),
                        "the role of the database lacks rights"
                    );
                }
                result => result?,
            }
        }
        Ok(())
    }

    fn check_schema(&self) -> Result<(), Obstacle> {
        if self.auto_migrate {
            for migration in self.store.migrate()? {
                tracing::info!(migration, "schema migrated");
            }
            return Ok(());
        }
        let pending = self.store.pending_migrations()?;
        if pending.is_empty() {
            return Ok(());
        }
        Err(Obstacle::SchemaBehind(pending.join(", ")))
    }
}

impl RunningStartup {
    /// What reports that the service can never serve.
    pub fn hopeless(&self) -> Hopeless {
        self.hopeless.clone()
    }

    /// Ends what was started: tasks are given back, audits closed, a batch of retention is finished.
    pub async fn finish(self) {
        drop(self.stop);
        let background = lock(&self.background).take();
        let Some(background) = background else {
            return;
        };
        if let Some(worker) = background.worker {
            worker.stop().await;
        }
        self.audit_log.finish().await;
        background.retention.finish();
    }
}

impl Obstacle {
    /// What the database or the system said, for the log.
    fn cause(&self) -> String {
        let causes = match self {
            Self::Store(error) => std::error::Error::source(error).map(error_chain),
            Self::Storage(error) | Self::Thread(error) => Some(error.to_string()),
            Self::SchemaBehind(_) => None,
        };
        causes.unwrap_or_default()
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(f, "{error}"),
            Self::SchemaBehind(migrations) => write!(
                f,
                "the database lacks the migrations {migrations}: run `deskledger migrate`"
            ),
            Self::Storage(_) => f.write_str("the files of export tasks cannot be written"),
            Self::Thread(_) => f.write_str("the system has no thread left"),
        }
    }
}

impl From<StoreError> for Obstacle {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The database of the settings as an operator knows it: kind, host and name, never a user or a password.
pub fn database_name(settings: &Settings, store: &dyn RecordStore) -> String {
    let url = deskledger_store::shown_url(&settings.database.url);
    format!("{} {url}", store.kind())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // It holds a value that is put in whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
