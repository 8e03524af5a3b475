//! How much of each kind runs and waits. It is asked when Prometheus asks, so there is no second count that could drift.

use std::fmt;
use std::sync::{Arc, OnceLock};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::limiter::Limiter;

/// The limiters of the service, once it has them.
#[derive(Clone, Default)]
pub(super) struct Queues(Arc<OnceLock<Vec<Limiter>>>);

impl Queues {
    /// Reads these limiters from now on.
    pub(super) fn set(&self, limiters: Vec<Limiter>) {
        // A service has them once.
        let _ = self.0.set(limiters);
    }
}

impl fmt::Debug for Queues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queues").finish_non_exhaustive()
    }
}

impl Collector for Queues {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let limiters = self.0.get().map_or(&[][..], Vec::as_slice);
        let snapshots: Vec<_> = limiters.iter().map(Limiter::snapshot).collect();
        let gauge = |count: usize| ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));

        let help = "What runs now, by kind";
        let mut family = encoder.encode_descriptor("running", help, None, MetricType::Gauge)?;
        for snapshot in &snapshots {
            let kind = [("kind", snapshot.kind.name())];
            gauge(snapshot.running).encode(family.encode_family(&kind)?)?;
        }

        let help = "What waits for a permit now, by kind";
        let mut family = encoder.encode_descriptor("waiting", help, None, MetricType::Gauge)?;
        for snapshot in &snapshots {
            let kind = [("kind", snapshot.kind.name())];
            gauge(snapshot.waiting).encode(family.encode_family(&kind)?)?;
        }

        let help = "How many may run or wait, in all or for one project";
        let mut family = encoder.encode_descriptor("limit", help, None, MetricType::Gauge)?;
        for snapshot in &snapshots {
            let bounds = snapshot.bounds;
            for (state, of, most) in [
                ("running", "process", bounds.running),
                ("running", "project", bounds.running_per_project),
                ("waiting", "process", bounds.waiting),
                ("waiting", "project", bounds.waiting_per_project),
            ] {
                let labels = [("kind", snapshot.kind.name()), ("state", state), ("of", of)];
                gauge(most).encode(family.encode_family(&labels)?)?;
            }
        }

        let help = "Refusals since the project or the process had as many as it may";
        let mut family = encoder.encode_descriptor("refusals", help, None, MetricType::Counter)?;
        for (limiter, snapshot) in limiters.iter().zip(&snapshots) {
            let metrics = limiter.metrics();
            for (of, counter) in [
                ("project", &metrics.refused_for_project),
                ("process", &metrics.refused_for_process),
            ] {
                let labels = [("kind", snapshot.kind.name()), ("of", of)];
                ConstCounter::new(counter.get()).encode(family.encode_family(&labels)?)?;
            }
        }

        let help = "Transfers that were ended since they were slow while others waited";
        let kind = MetricType::Counter;
        let mut family = encoder.encode_descriptor("slow_transfers_cut", help, None, kind)?;
        for (limiter, snapshot) in limiters.iter().zip(&snapshots) {
            let kind = [("kind", snapshot.kind.name())];
            let count = limiter.metrics().slow_transfers_cut.get();
            ConstCounter::new(count).encode(family.encode_family(&kind)?)?;
        }

        let help = "How long a permit was waited for";
        let unit = Some(&Unit::Seconds);
        let mut family =
            encoder.encode_descriptor("permit_wait", help, unit, MetricType::Histogram)?;
        for (limiter, snapshot) in limiters.iter().zip(&snapshots) {
            let kind = [("kind", snapshot.kind.name())];
            let seconds = &limiter.metrics().wait_seconds;
            seconds.encode(family.encode_family(&kind)?)?;
        }
        Ok(())
    }
}
