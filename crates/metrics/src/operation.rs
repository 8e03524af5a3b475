//! How the service itself is: what an operator watches besides the requests.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use deskledger_audit::AuditObserver;
use deskledger_domain::{ExportOutcome, ExportProgress};
use deskledger_identity::IamObserver;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::{
    EncodeLabelSet, Histogram, Metrics, OutcomeLabels, REQUEST_SECONDS, Registration, gauge,
};

/// A time or a duration in seconds.
type Seconds = Gauge<f64, AtomicU64>;

/// What the parts of the service set as things happen. Reading it asks nobody.
#[derive(Debug)]
pub struct Operation {
    pub(crate) thread_panics: Family<ThreadLabels, Counter>,
    /// 1 while the service can serve.
    pub ready: Gauge,

    /// 1 where the database answered when it was last asked.
    pub database_up: Gauge,
    /// How long its last answer took.
    pub database_ping_seconds: Seconds,

    /// Export tasks that wait, in all processes of the database.
    pub tasks_waiting: Gauge,
    /// Export tasks that run, in all processes of the database.
    pub tasks_running: Gauge,
    /// How long the oldest of the waiting ones has waited.
    pub task_oldest_seconds: Seconds,
    tasks: Family<OutcomeLabels, Counter>,

    /// Ends of exports that wait for the database to take them.
    pub audits_queued: Gauge,
    /// Beginnings and refusals that the database did not take.
    pub audit_failures: Counter,
    /// 1 where the audit took what it was given last.
    pub audit_writable: Gauge,

    /// When retention last ran to its end.
    pub retention_last_success: Seconds,
    /// 1 where its last run succeeded.
    pub retention_successful: Gauge,
    /// Records that it deleted.
    pub retention_deleted: Counter,
    /// 1 where the partitions of the coming months are there.
    pub partitions_ahead: Gauge,

    /// 1 where the settings were good when they were last read.
    pub config_successful: Gauge,
    /// When the settings were last taken over.
    pub config_success_time: Seconds,

    iam_requests: Family<OutcomeLabels, Counter>,
    iam_cache: Family<OutcomeLabels, Counter>,
    iam_seconds: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ThreadLabels {
    pub(crate) thread: &'static str,
}

impl Operation {
    #[expect(clippy::too_many_lines, reason = "it is a list")]
    pub(crate) fn new(add: &mut Registration<'_>) -> Self {
        let operation = Self {
            thread_panics: add.metric(
                "thread_panics",
                "Panics of the service's own threads, which were restarted",
                Family::default(),
            ),
            ready: add.metric("ready", "Whether the service can serve", Gauge::default()),
            database_up: add.metric(
                "database_up",
                "Whether the database answered when it was last asked",
                Gauge::default(),
            ),
            database_ping_seconds: add.seconds(
                "database_ping",
                "How long the last answer of the database took",
                Seconds::default(),
            ),
            tasks_waiting: add.metric(
                "tasks_waiting",
                "Export tasks in the database that wait",
                Gauge::default(),
            ),
            tasks_running: add.metric(
                "tasks_running",
                "Export tasks in the database that a process runs",
                Gauge::default(),
            ),
            task_oldest_seconds: add.seconds(
                "task_oldest_waiting",
                "How long the oldest waiting export task has waited",
                Seconds::default(),
            ),
            tasks: add.metric(
                "tasks",
                "Runs of export tasks in this process that ended",
                Family::default(),
            ),
            audits_queued: add.metric(
                "audits_queued",
                "Ends of exports that wait for the database to take them",
                Gauge::default(),
            ),
            audit_failures: add.metric(
                "audit_failures",
                "Audits that the database did not take",
                Counter::default(),
            ),
            audit_writable: add.metric(
                "audit_writable",
                "Whether the audit took what it was given last",
                Gauge::default(),
            ),
            retention_last_success: add.seconds(
                "retention_last_success_timestamp",
                "When retention last ran to its end, since 1970",
                Seconds::default(),
            ),
            retention_successful: add.metric(
                "retention_last_run_successful",
                "Whether the last run of retention succeeded",
                Gauge::default(),
            ),
            retention_deleted: add.metric(
                "retention_deleted_records",
                "Records that retention deleted, those of dropped partitions among them",
                Counter::default(),
            ),
            partitions_ahead: add.metric(
                "partitions_ahead",
                "Whether the partitions of the coming months are there",
                Gauge::default(),
            ),
            config_successful: add.metric(
                "config_last_reload_successful",
                "Whether the settings were good when they were last read",
                Gauge::default(),
            ),
            config_success_time: add.seconds(
                "config_last_reload_success_timestamp",
                "When the settings were last taken over, since 1970",
                Seconds::default(),
            ),
            iam_requests: add.metric(
                "iam_requests",
                "Questions to IAM, by what came of them",
                Family::default(),
            ),
            iam_cache: add.metric(
                "iam_tokens",
                "Tokens that were looked for among those that IAM judged before",
                Family::default(),
            ),
            iam_seconds: add.seconds(
                "iam_request_duration",
                "How long IAM took to answer",
                Histogram::new(REQUEST_SECONDS),
            ),
        };
        for outcome in ["done", "failed", "again", "postponed"] {
            drop(operation.tasks.get_or_create(&OutcomeLabels { outcome }));
        }
        for outcome in ["valid", "refused", "failed", "busy"] {
            drop(
                operation
                    .iam_requests
                    .get_or_create(&OutcomeLabels { outcome }),
            );
        }
        for outcome in ["hit", "miss", "stale"] {
            drop(
                operation
                    .iam_cache
                    .get_or_create(&OutcomeLabels { outcome }),
            );
        }
        for thread in ["audit", "retention", "start", "tasks", "watch"] {
            drop(
                operation
                    .thread_panics
                    .get_or_create(&ThreadLabels { thread }),
            );
        }
        // Nothing has failed yet.
        operation.audit_writable.set(1);
        operation.retention_successful.set(1);
        operation.partitions_ahead.set(1);
        operation.config_successful.set(1);
        operation
    }

    /// A run of a task ended.
    pub fn count_task(&self, outcome: &'static str) {
        self.tasks.get_or_create(&OutcomeLabels { outcome }).inc();
    }
}

impl AuditObserver for Metrics {
    fn export_ended(&self, outcome: &ExportOutcome, progress: ExportProgress) {
        self.count_export(outcome, progress);
    }

    fn set_writable(&self, writable: bool) {
        self.operation().audit_writable.set(writable.into());
    }

    fn set_queued(&self, audits: usize) {
        self.operation().audits_queued.set(gauge(audits));
    }

    fn count_failures(&self, events: usize) {
        self.operation().audit_failures.inc_by(events as u64);
    }
}

impl IamObserver for Metrics {
    fn count_token(&self, outcome: &'static str) {
        let counts = &self.operation().iam_cache;
        counts.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    fn count_request(&self, outcome: &'static str) {
        let counts = &self.operation().iam_requests;
        counts.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    fn observe_request(&self, duration: Duration) {
        self.operation().iam_seconds.observe(duration.as_secs_f64());
    }
}
