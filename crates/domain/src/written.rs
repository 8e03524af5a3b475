/// What became of the connections of one write. Each counts once, however many events it had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Connections of which nothing was known before.
    pub inserted: u64,
    /// Connections that already had a record or an incomplete event, even if this write changed nothing.
    pub updated: u64,
}
