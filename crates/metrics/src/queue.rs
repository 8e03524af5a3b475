//! How much of each kind runs and waits. It is asked when Prometheus asks, so there is no second count that could drift.

use std::fmt;
use std::sync::{Arc, OnceLock};

use deskledger_identity::CountSuspects;
use deskledger_limiter::Watched;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::gauge;

/// How many projects the metrics name at most, of each kind: those of which most runs and waits.
const NAMED_PROJECTS: usize = 100;

/// Reads how many bytes answers hold that their clients have not read, and how many they may hold.
pub type ReadMemory = Box<dyn Fn() -> (u64, u64) + Send + Sync>;

/// What the metrics read whenever they are asked for.
pub struct Sources {
    /// How much runs and waits, of each kind.
    pub limiters: Vec<Box<dyn Watched>>,
    /// The peers that recently brought nothing but refused tokens.
    pub suspects: Option<CountSuspects>,
    /// What answers hold.
    pub responses: ReadMemory,
    /// How many lines of the log were lost.
    pub lost_lines: fn() -> u64,
    /// Whether projects are named.
    pub project_labels: bool,
}

/// The sources of the service, once it has them.
#[derive(Clone, Default)]
pub(crate) struct Queues(Arc<OnceLock<Sources>>);

impl Queues {
    /// Reads these from now on.
    pub(crate) fn set(&self, sources: Sources) {
        // A service has them once.
        let _ = self.0.set(sources);
    }
}

impl fmt::Debug for Queues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queues").finish_non_exhaustive()
    }
}

impl Collector for Queues {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let Some(sources) = self.0.get() else {
            return Ok(());
        };
        let limiters = &sources.limiters;
        let snapshots: Vec<_> = limiters.iter().map(|limiter| limiter.snapshot()).collect();
        let gauge = |count: usize| ConstGauge::new(gauge(count));

        let counts: Vec<_> = limiters
            .iter()
            .zip(&snapshots)
            .map(|(limiter, snapshot)| {
                if sources.project_labels {
                    limiter.by_project(NAMED_PROJECTS)
                } else {
                    vec![snapshot.all()]
                }
            })
            .collect();
        for (name, help, is_running) in [
            ("running", "What runs now, by kind", true),
            ("waiting", "What waits for a permit now, by kind", false),
        ] {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (snapshot, counts) in snapshots.iter().zip(&counts) {
                let kind = ("kind", snapshot.kind.name);
                for count in counts {
                    let project = ("project", count.project.as_str());
                    let number = gauge(if is_running {
                        count.running
                    } else {
                        count.waiting
                    });
                    // An empty label is as none.
                    if count.project.is_empty() {
                        number.encode(family.encode_family(&[kind])?)?;
                    } else {
                        number.encode(family.encode_family(&[kind, project])?)?;
                    }
                }
            }
        }

        let help = "How many may run or wait, in all, or for one project or peer";
        let mut family = encoder.encode_descriptor("limit", help, None, MetricType::Gauge)?;
        for snapshot in &snapshots {
            let bounds = snapshot.bounds;
            for (state, of, most) in [
                ("running", "process", bounds.running),
                ("running", snapshot.kind.shared_by, bounds.running_per_key),
                ("waiting", "process", bounds.waiting),
                ("waiting", snapshot.kind.shared_by, bounds.waiting_per_key),
            ] {
                let labels = [("kind", snapshot.kind.name), ("state", state), ("of", of)];
                gauge(most).encode(family.encode_family(&labels)?)?;
            }
        }

        let help = "Refusals since the project, the peer or the process had as many as it may";
        let mut family = encoder.encode_descriptor("refusals", help, None, MetricType::Counter)?;
        for (limiter, snapshot) in limiters.iter().zip(&snapshots) {
            let metrics = limiter.metrics();
            for (of, counter) in [
                (snapshot.kind.shared_by, &metrics.refused_for_share),
                ("process", &metrics.refused_for_process),
            ] {
                let labels = [("kind", snapshot.kind.name), ("of", of)];
                ConstCounter::new(counter.get()).encode(family.encode_family(&labels)?)?;
            }
        }

        let help = "Transfers that were ended since they were slow while others waited";
        let kind = MetricType::Counter;
        let mut family = encoder.encode_descriptor("slow_transfers_cut", help, None, kind)?;
        for (limiter, snapshot) in limiters.iter().zip(&snapshots) {
            let kind = [("kind", snapshot.kind.name)];
            let count = limiter.metrics().slow_transfers_cut.get();
            ConstCounter::new(count).encode(family.encode_family(&kind)?)?;
        }

        let help = "How long a permit was waited for";
        let unit = Some(&Unit::Seconds);
        let mut family =
            encoder.encode_descriptor("permit_wait", help, unit, MetricType::Histogram)?;
        for (limiter, snapshot) in limiters.iter().zip(&snapshots) {
            let kind = [("kind", snapshot.kind.name)];
            let seconds = &limiter.metrics().wait_seconds;
            seconds.encode(family.encode_family(&kind)?)?;
        }

        let help = "Peers that brought nothing but tokens that IAM refused recently";
        let suspects = sources.suspects.as_ref().map_or(0, |count| count());
        let family = encoder.encode_descriptor("iam_suspects", help, None, MetricType::Gauge)?;
        gauge(suspects).encode(family)?;

        let help =
            "Memory that answers hold which their clients have not read, and that they may hold";
        let unit = Some(&Unit::Bytes);
        let mut family =
            encoder.encode_descriptor("response_memory", help, unit, MetricType::Gauge)?;
        let (used, most) = (sources.responses)();
        for (state, bytes) in [("held", used), ("most", most)] {
            let bytes = ConstGauge::new(i64::try_from(bytes).unwrap_or(i64::MAX));
            bytes.encode(family.encode_family(&[("state", state)])?)?;
        }
        encode_lost_lines(encoder, (sources.lost_lines)())
    }
}

fn encode_lost_lines(mut encoder: DescriptorEncoder<'_>, lines: u64) -> Result<(), fmt::Error> {
    let help =
        "Lines of the log that were lost since what reads standard error did not take them in time";
    let kind = MetricType::Counter;
    let family = encoder.encode_descriptor("log_lines_lost", help, None, kind)?;
    ConstCounter::new(lines).encode(family)
}
