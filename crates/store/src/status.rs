//! What an operator may want to know of the connections.

/// What the connections of one pool do at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// What the connections are for: `exports`, `queries`, `writes`, `checks`, `probe`, `audit_lists`, `audits`, `tasks`, `links`
    /// or `sessions` (PostgreSQL), `shards` of all servers together that hold shards, of a replica `replica_exports`,
    /// `replica_queries`, `replica_position` and, at its primary, `primary_position`, `task_writes`, `task_reads`, `link_writes`,
    /// `link_reads`, `session_writes` or `session_reads` (SQLite).
    pub name: &'static str,
    /// The most connections that the pool may have.
    pub size: u32,
    /// Those that are borrowed, being made included.
    pub in_use: u32,
    /// Those that are open and wait for a borrower.
    pub idle: u32,
    /// Callers that wait for a connection.
    pub waiting: u32,
    /// Callers that waited in vain, from the start.
    pub time_outs: u64,
}

/// What a replica does now from which records are read.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReplicaStatus {
    /// How far it is behind the primary, to half a second; `None` while that is not known.
    pub lag: Option<std::time::Duration>,
    /// Whether it is read. Else the primary is.
    pub is_read: bool,
    /// How many reads failed there, from the start. Those of which nothing had been handed over were done by the primary.
    pub failures: u64,
}

/// How many connections of this process, to any PostgreSQL, were cut because they waited for the server for too long; 0 without
/// the feature `postgres`.
pub fn connections_cut() -> u64 {
    #[cfg(feature = "postgres")]
    let cut = crate::postgres::connections_cut();
    #[cfg(not(feature = "postgres"))]
    let cut = 0;
    cut
}
