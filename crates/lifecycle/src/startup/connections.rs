//! How many connections to a PostgreSQL server a process may open, and whether the server has as many.

use deskledger_store::{PoolStatus, RecordStore, StoreError};

/// The pool of the one connection that writes audits, which is there once the service is ready.
const AUDITS: (&str, u32) = ("audits", 1);

/// Connections for a moment: one that migrates or deletes what is too old, and one that asks a silent server.
const FOR_A_MOMENT: u32 = 2;

/// How many connections a process opens at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MostConnections {
    /// Those that are kept.
    lasting: u32,
    /// Those that are opened for a moment beside them. Each export may have one that stops it.
    brief: u32,
}

impl MostConnections {
    /// What these pools, those of audits and so many exports open.
    pub fn new(pools: &[PoolStatus], exports: u32) -> Self {
        let (audits, writes_audits) = AUDITS;
        // Those at a replica are connections to another server.
        let others = pools
            .iter()
            .filter(|pool| pool.name != audits && !pool.name.starts_with("replica_"));
        Self {
            lasting: others.map(|pool| pool.size).sum::<u32>() + writes_audits,
            brief: FOR_A_MOMENT + exports,
        }
    }

    /// Warns where the server has fewer than that. What is short then is refused with 503, and may be so only in a rush.
    pub(super) fn compare(self, store: &dyn RecordStore) -> Result<(), StoreError> {
        let needed = self.lasting + self.brief;
        if let Some(available) = store.server_connections()?
            && available < needed
        {
            tracing::warn!(
                needed,
                available,
                "the database may have too few connections for what the limits allow"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use deskledger_settings::Settings;
    use deskledger_store::Database;

    use super::*;

    #[test]
    fn the_documented_number_of_connections_is_the_one_of_the_defaults() {
        let mut settings = Settings::defaults().unwrap();
        settings.database.url = "postgres://nobody@localhost/nowhere".to_owned();
        let database = Database::open(&settings.store()).unwrap();
        let pools = [
            database.records().pools(),
            database.audits().pools(),
            database.export_tasks().pools(),
            database.sessions().pools(),
            database.export_links().pools(),
        ];
        let MostConnections { lasting, brief } =
            MostConnections::new(&pools.concat(), settings.limits.exports);
        let sentence = format!(
            "With the defaults these are {lasting}, and with those for a moment {}",
            lasting + brief
        );
        let operations = include_str!("../../../../docs/OPERATIONS.md");
        assert!(operations.contains(&sentence), "{sentence}");
    }
}
