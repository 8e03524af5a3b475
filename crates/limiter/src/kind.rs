use std::time::Duration;

use crate::queue::Bounds;

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What runs, in the plural, for people and for metrics: `exports`.
    pub name: &'static str,
    /// What permits of this kind are shared between, for metrics: `project`.
    pub shared_by: &'static str,
}

/// How much of a kind of work may run and wait, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How much may run and wait.
    pub bounds: Bounds,
    /// How long it may wait for a permit. Zero: not at all.
    pub queue_time: Duration,
}
