use actix_web::http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::control::CutReason;
use super::room::ConnectionCounts;

/// What is counted of connections. All clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionMetrics {
    open: Gauge,
    unauthenticated: Gauge,
    busy: Gauge,
    cut: Family<ReasonLabels, Counter>,
    refused: Counter,
    refusals: Family<StatusLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabels {
    status: u16,
}

impl ConnectionMetrics {
    /// Counts from zero, into a registry.
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        for reason in CutReason::ALL {
            drop(metrics.cut.get_or_create(&ReasonLabels {
                reason: reason.name(),
            }));
        }
        registry.register(
            "connections",
            "Connections that are open",
            metrics.open.clone(),
        );
        registry.register(
            "connections_unauthenticated",
            "Open connections on which no request with valid credentials has run yet",
            metrics.unauthenticated.clone(),
        );
        registry.register(
            "connections_busy",
            "Open connections on which a request with valid credentials runs",
            metrics.busy.clone(),
        );
        registry.register(
            "connections_cut",
            "Connections that the service ended before their clients did, by reason",
            metrics.cut.clone(),
        );
        registry.register(
            "connections_refused",
            "Connections that found no room",
            metrics.refused.clone(),
        );
        registry.register(
            "http_refusals",
            "Requests that were refused before their heads were read, by status",
            metrics.refusals.clone(),
        );
        metrics
    }

    pub(super) fn set(&self, counts: ConnectionCounts) {
        let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.open.set(gauge(counts.all));
        self.unauthenticated.set(gauge(counts.unauthenticated));
        self.busy.set(gauge(counts.busy));
    }

    pub(super) fn count_cut(&self, reason: CutReason) {
        let reason = reason.name();
        self.cut.get_or_create(&ReasonLabels { reason }).inc();
    }

    pub(super) fn count_refused(&self) {
        self.refused.inc();
    }

    pub(super) fn count_refusal(&self, status: StatusCode) {
        let status = status.as_u16();
        self.refusals.get_or_create(&StatusLabels { status }).inc();
    }
}
