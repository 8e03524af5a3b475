//! The servers that hold shards, and the connections to them over which exports are read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::placement::Placement;
use crate::pool::Pool;
use crate::postgres::connect::{Connector, Purpose};
use crate::{PoolStatus, StoreSettings, url};

/// The name of all pools together.
const NAME: &str = "shards";

/// One server that holds shards.
pub(in crate::postgres) struct Node {
    pub(super) exports: Pool<Connector>,
    /// One connection, over which the server shows that it answers.
    pub(super) probe: Pool<Connector>,
    /// Makes the connections over which statements are cancelled.
    pub(super) service: Connector,
}

/// The servers that were asked so far. Each has a pool of its own, so that one that is unavailable keeps nobody from the others.
pub(in crate::postgres) struct Nodes {
    settings: StoreSettings,
    known: Mutex<BTreeMap<(String, i32), Arc<Node>>>,
}

impl Nodes {
    pub(in crate::postgres) fn new(settings: &StoreSettings) -> Self {
        Self {
            settings: settings.clone(),
            known: Mutex::default(),
        }
    }

    /// The server of a shard, by the user and the database of the coordinator.
    pub(super) fn of(&self, placement: &Placement) -> Arc<Node> {
        let address = (placement.host.clone(), placement.port);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let node = known.entry(address).or_insert_with(|| {
            let settings = StoreSettings {
                url: url::at_server(&self.settings.url, &placement.host, placement.port),
                ..self.settings.clone()
            };
            let statement_timeout = settings.statement_timeout;
            let connector = Connector::new(&settings, Purpose::Export { statement_timeout });
            let (size, timeout) = (settings.pool_size, settings.connection_timeout);
            Arc::new(Node {
                exports: Pool::new(NAME, connector, size, timeout),
                probe: Pool::new(NAME, Connector::new(&settings, Purpose::Check), 1, timeout),
                service: Connector::new(&settings, Purpose::Service),
            })
        });
        Arc::clone(node)
    }

    /// What the connections to all servers do, where there are any.
    pub(in crate::postgres) fn status(&self) -> Option<PoolStatus> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let statuses = known.values().map(|node| node.exports.status());
        statuses.reduce(|sum, pool| PoolStatus {
            name: NAME,
            size: sum.size + pool.size,
            in_use: sum.in_use + pool.in_use,
            idle: sum.idle + pool.idle,
            waiting: sum.waiting + pool.waiting,
            time_outs: sum.time_outs + pool.time_outs,
        })
    }
}
