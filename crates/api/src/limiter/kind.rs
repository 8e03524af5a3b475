use super::queue::Bounds;
use crate::settings::LimitSettings;

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Exports, those of tasks among them.
    Exports,
    /// Recordings.
    Recordings,
    /// Lists and counts.
    Queries,
    /// Questions to IAM, of which so many may be under way.
    Questions(u32),
}

impl Kind {
    /// What runs, for people and for metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Exports => "exports",
            Self::Recordings => "recordings",
            Self::Queries => "queries",
            Self::Questions(_) => "iam_questions",
        }
    }

    /// What permits of this kind are shared between, for metrics.
    pub(crate) const fn shared_by(self) -> &'static str {
        match self {
            Self::Exports | Self::Recordings | Self::Queries => "project",
            Self::Questions(_) => "peer",
        }
    }

    /// How many may run and wait.
    pub(super) const fn bounds(self, limits: &LimitSettings) -> Bounds {
        let (running, running_per_key, waiting, waiting_per_key) = match self {
            Self::Exports => (
                limits.exports,
                limits.exports_per_project,
                limits.queue_length,
                limits.queue_per_project,
            ),
            Self::Recordings => (
                limits.recordings,
                limits.recordings_per_project,
                limits.queue_length,
                limits.queue_per_project,
            ),
            Self::Queries => (
                limits.queries,
                limits.queries_per_project,
                limits.query_queue_length,
                limits.query_queue_per_project,
            ),
            Self::Questions(at_once) => return of_questions(at_once),
        };
        Bounds {
            running: running as usize,
            running_per_key: running_per_key as usize,
            waiting: waiting as usize,
            waiting_per_key: waiting_per_key as usize,
        }
    }
}

/// How many questions to IAM may run and wait, of which so many may be under way: no key has more than three quarters of them.
pub(super) const fn of_questions(at_once: u32) -> Bounds {
    let at_once = at_once as usize;
    let of_one = at_once.saturating_mul(3) / 4;
    Bounds {
        running: at_once,
        running_per_key: if of_one == 0 { at_once } else { of_one },
        waiting: at_once.saturating_mul(16),
        waiting_per_key: at_once.saturating_mul(4),
    }
}
