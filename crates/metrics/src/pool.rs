//! What the connections to the database do. They are asked when Prometheus asks, which waits for no database.

use std::fmt;
use std::sync::{Arc, OnceLock};

use deskledger_store::{PoolStatus, ReplicaStatus, connections_cut};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// What the databases of the service do.
#[derive(Clone, Debug, Default)]
pub struct DatabaseStatus {
    /// The pools of connections.
    pub pools: Vec<PoolStatus>,
    /// The replica, where there is one.
    pub replica: Option<ReplicaStatus>,
}

/// Reads what the databases of the service do.
pub type ReadDatabaseStatus = Box<dyn Fn() -> DatabaseStatus + Send + Sync>;

/// The pools of the service, once it has them.
#[derive(Clone, Default)]
pub(crate) struct Pools(Arc<OnceLock<ReadDatabaseStatus>>);

impl Pools {
    /// Reads the pools in this way from now on.
    pub(crate) fn set(&self, read: ReadDatabaseStatus) {
        // A service has them once.
        let _ = self.0.set(read);
    }
}

impl fmt::Debug for Pools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pools").finish_non_exhaustive()
    }
}

impl Collector for Pools {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let DatabaseStatus { pools, replica } = self.0.get().map(|read| read()).unwrap_or_default();

        let help =
            "Connections to the database: the most there may be, those in use, those that are idle";
        let mut family =
            encoder.encode_descriptor("pool_connections", help, None, MetricType::Gauge)?;
        for pool in &pools {
            for (state, count) in [
                ("most", pool.size),
                ("in_use", pool.in_use),
                ("idle", pool.idle),
            ] {
                let labels = [("pool", pool.name), ("state", state)];
                ConstGauge::new(i64::from(count)).encode(family.encode_family(&labels)?)?;
            }
        }

        let help = "Callers that wait for a connection to the database";
        let mut family =
            encoder.encode_descriptor("pool_waiting", help, None, MetricType::Gauge)?;
        for pool in &pools {
            let labels = [("pool", pool.name)];
            ConstGauge::new(i64::from(pool.waiting)).encode(family.encode_family(&labels)?)?;
        }

        let help = "Callers that waited for a connection to the database in vain";
        let mut family =
            encoder.encode_descriptor("pool_time_outs", help, None, MetricType::Counter)?;
        for pool in &pools {
            let labels = [("pool", pool.name)];
            ConstCounter::new(pool.time_outs).encode(family.encode_family(&labels)?)?;
        }

        if let Some(replica) = replica {
            encode_replica(&replica, &mut encoder)?;
        }

        let help = "Connections to the database that were cut since it did not answer in time";
        let kind = MetricType::Counter;
        let encoder = encoder.encode_descriptor("database_connections_cut", help, None, kind)?;
        ConstCounter::new(connections_cut()).encode(encoder)
    }
}

fn encode_replica(replica: &ReplicaStatus, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    if let Some(lag) = replica.lag {
        let help = "How far the replica is behind the primary";
        let unit = Some(&Unit::Seconds);
        let encoder = encoder.encode_descriptor("replica_lag", help, unit, MetricType::Gauge)?;
        ConstGauge::new(lag.as_secs_f64()).encode(encoder)?;
    }

    let help = "1 while records are read from the replica, 0 while they are read from the primary";
    let encoder_of_read =
        encoder.encode_descriptor("replica_is_read", help, None, MetricType::Gauge)?;
    ConstGauge::new(i64::from(replica.is_read)).encode(encoder_of_read)?;

    let help = "Reads that failed at the replica";
    let encoder = encoder.encode_descriptor("replica_failures", help, None, MetricType::Counter)?;
    ConstCounter::new(replica.failures).encode(encoder)
}
