#![doc = include_str!("../README.md")]

mod operation;
mod pool;
mod process;
mod queue;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use deskledger_domain::{ExportOutcome, ExportProgress};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry, Unit};

pub use self::operation::Operation;
pub use self::pool::{DatabaseStatus, ReadDatabaseStatus};
pub use self::process::descriptor_limit;
pub use self::queue::{ReadMemory, Sources};

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that this program was built from, where its builder said so.
pub const COMMIT: &str = match option_env!("DESKLEDGER_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

/// What stands before every name.
const PREFIX: &str = "deskledger";

/// The upper ends of the classes by which answers are counted, in seconds.
const REQUEST_SECONDS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// The same for exports and recordings, which may take long.
const WORK_SECONDS: [f64; 12] = [
    0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0,
];

/// The label of a path that the service does not have, and of an unknown method.
const OTHER: &str = "other";

/// Counts what the service does. All clones count together.
#[derive(Clone)]
pub struct Metrics(Arc<Counts>);

struct Counts {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<EndpointLabels, Histogram, fn() -> Histogram>,
    exports: Family<OutcomeLabels, Counter>,
    export_seconds: Histogram,
    export_records: Counter,
    export_bytes: Counter,
    exports_running: Gauge,
    recordings: Family<OutcomeLabels, Counter>,
    recording_seconds: Histogram,
    recording_records: Family<ResultLabels, Counter>,
    recordings_running: Gauge,
    operation: Operation,
    queues: queue::Queues,
    pools: pool::Pools,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    endpoint: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabels {
    endpoint: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    result: &'static str,
}

/// How many records of a recording came to what.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecordedCounts {
    /// Records of connections that were not known.
    pub inserted: u64,
    /// Records of connections that were.
    pub updated: u64,
    /// Lines or elements that are no valid records.
    pub refused: u64,
}

/// How much runs now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Running {
    /// Exports, those of tasks among them.
    pub exports: usize,
    /// Recordings.
    pub recordings: usize,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// Counts from zero.
    pub fn new() -> Self {
        Self::with(|_| ()).0
    }

    /// The same, with others beside them: `register` adds them to the registry, whose prefix their names get.
    pub fn with<T>(register: impl FnOnce(&mut Registry) -> T) -> (Self, T) {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(process::Process));
        let ours = registry.sub_registry_with_prefix(PREFIX);
        let queues = queue::Queues::default();
        ours.register_collector(Box::new(queues.clone()));
        let pools = pool::Pools::default();
        ours.register_collector(Box::new(pools.clone()));
        let build = Info::new([("version", VERSION), ("commit", COMMIT)]);
        ours.register("build", "The version that runs", build);
        let others = register(ours);
        let mut add = Registration(ours);
        let seconds = || Histogram::new(WORK_SECONDS);
        let request_seconds = || Histogram::new(REQUEST_SECONDS);
        let request_seconds = Family::new_with_constructor(request_seconds as fn() -> Histogram);
        let counts = Counts {
            requests: add.metric(
                "http_requests",
                "Requests, by what was answered",
                Family::default(),
            ),
            request_seconds: add.seconds(
                "http_request_duration",
                "From a request to the head of its answer",
                request_seconds,
            ),
            exports: add.metric(
                "exports",
                "Exports that ended, those of tasks among them",
                Family::default(),
            ),
            export_seconds: add.seconds(
                "export_duration",
                "How long exports took that began",
                seconds(),
            ),
            export_records: add.metric(
                "export_records",
                "Records that exports wrote",
                Counter::default(),
            ),
            export_bytes: add.metric(
                "export_bytes",
                "Bytes of files that exports handed over",
                Counter::default(),
            ),
            exports_running: add.metric(
                "exports_running",
                "Exports that run now",
                Gauge::default(),
            ),
            recordings: add.metric("recordings", "Recordings that ended", Family::default()),
            recording_seconds: add.seconds(
                "recording_duration",
                "How long recordings took",
                seconds(),
            ),
            recording_records: add.metric(
                "recording_records",
                "Records of recordings that came to their end, by what became of them",
                Family::default(),
            ),
            recordings_running: add.metric(
                "recordings_running",
                "Recordings that run now",
                Gauge::default(),
            ),
            operation: Operation::new(&mut add),
            queues,
            pools,
            registry,
        };
        (Self(Arc::new(counts)), others)
    }

    /// A request was answered, after so long. `endpoint` is the pattern of its path, if it has
    /// one, and `status` the status of the answer.
    pub fn count_request(
        &self,
        method: &str,
        endpoint: Option<String>,
        status: u16,
        duration: Duration,
    ) {
        let endpoint = endpoint.unwrap_or_else(|| OTHER.to_owned());
        let labels = RequestLabels {
            method: known(method),
            endpoint: endpoint.clone(),
            status,
        };
        self.0.requests.get_or_create(&labels).inc();
        let labels = EndpointLabels { endpoint };
        let seconds = self.0.request_seconds.get_or_create(&labels);
        seconds.observe(duration.as_secs_f64());
    }

    /// An export ended, or was refused before it began.
    pub fn count_export(&self, outcome: &ExportOutcome, progress: ExportProgress) {
        let labels = OutcomeLabels {
            outcome: outcome.name(),
        };
        self.0.exports.get_or_create(&labels).inc();
        self.0.export_records.inc_by(progress.rows);
        self.0.export_bytes.inc_by(progress.bytes);
        if !matches!(outcome, ExportOutcome::Refused { .. }) {
            let seconds = progress.duration.as_secs_f64();
            self.0.export_seconds.observe(seconds);
        }
    }

    /// A recording ended.
    pub fn count_recording(
        &self,
        outcome: &'static str,
        records: RecordedCounts,
        duration: Duration,
    ) {
        let labels = OutcomeLabels { outcome };
        self.0.recordings.get_or_create(&labels).inc();
        for (result, count) in [
            ("inserted", records.inserted),
            ("updated", records.updated),
            ("refused", records.refused),
        ] {
            let labels = ResultLabels { result };
            self.0
                .recording_records
                .get_or_create(&labels)
                .inc_by(count);
        }
        self.0.recording_seconds.observe(duration.as_secs_f64());
    }

    /// Reads how much runs, waits and is held from these from now on.
    pub fn set_sources(&self, sources: Sources) {
        self.0.queues.set(sources);
    }

    /// Reads what the databases do in this way from now on.
    pub fn set_database_status(&self, read: ReadDatabaseStatus) {
        self.0.pools.set(read);
    }

    /// How the service itself is.
    pub fn operation(&self) -> &Operation {
        &self.0.operation
    }

    /// A thread of the service panicked.
    pub fn count_panic(&self, thread: &'static str) {
        let labels = operation::ThreadLabels { thread };
        let panics = &self.0.operation.thread_panics;
        panics.get_or_create(&labels).inc();
    }

    /// Everything that was counted, in the text format of OpenMetrics 1.0.
    ///
    /// # Errors
    /// Never, as long as text can be added to text.
    pub fn text(&self, running: Running) -> Result<String, fmt::Error> {
        self.0.exports_running.set(gauge(running.exports));
        self.0.recordings_running.set(gauge(running.recordings));
        let mut text = String::new();
        text::encode(&mut text, &self.0.registry)?;
        Ok(text)
    }
}

/// A number of things as a gauge has it.
fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A time as Prometheus has it: seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "a time has milliseconds enough")]
pub fn timestamp(time: DateTime<Utc>) -> f64 {
    time.timestamp_millis() as f64 / 1000.0
}

/// Registers metrics as they are made.
struct Registration<'a>(&'a mut Registry);

impl Registration<'_> {
    fn metric<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0.register(name, help, metric.clone());
        metric
    }

    fn seconds<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        let unit = Unit::Seconds;
        self.0.register_with_unit(name, help, unit, metric.clone());
        metric
    }
}

/// A method by its name, if it is one of those that clients should use: anybody can make up others.
fn known(method: &str) -> &'static str {
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    let known = METHODS.into_iter().find(|known| *known == method);
    known.unwrap_or(OTHER)
}

#[cfg(test)]
mod tests;
