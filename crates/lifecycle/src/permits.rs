//! What needs a permit, and how many permits the settings give.

use std::time::Duration;

use deskledger_limiter::{Bounds, Kind, Limiter, Limits, Watched};
use deskledger_settings::LimitSettings;

/// A kind of work that needs a permit.
#[derive(Clone, Copy)]
pub enum Work {
    /// Exports, those of tasks among them.
    Exports,
    /// Recordings.
    Recordings,
    /// Lists and counts.
    Queries,
    /// Downloads of the files of tasks.
    Downloads,
}

impl Work {
    /// A limiter of this kind.
    pub fn limiter(self, settings: &LimitSettings) -> Limiter {
        Limiter::new(self.kind(), self.limits(settings))
    }

    const fn kind(self) -> Kind {
        Kind {
            name: match self {
                Self::Exports => "exports",
                Self::Recordings => "recordings",
                Self::Queries => "queries",
                Self::Downloads => "downloads",
            },
            shared_by: "project",
        }
    }

    /// How many may run and wait.
    const fn limits(self, settings: &LimitSettings) -> Limits {
        let (running, running_per_key) = match self {
            Self::Exports => (settings.exports, settings.exports_per_project),
            Self::Recordings => (settings.recordings, settings.recordings_per_project),
            Self::Queries => (settings.queries, settings.queries_per_project),
            Self::Downloads => (settings.downloads, settings.downloads_per_project),
        };
        let (waiting, waiting_per_key) = match self {
            Self::Exports | Self::Recordings | Self::Downloads => {
                (settings.queue_length, settings.queue_per_project)
            }
            Self::Queries => (
                settings.query_queue_length,
                settings.query_queue_per_project,
            ),
        };
        Limits {
            bounds: Bounds {
                running: running as usize,
                running_per_key: running_per_key as usize,
                waiting: waiting as usize,
                waiting_per_key: waiting_per_key as usize,
            },
            queue_time: Duration::from_secs(settings.queue_seconds),
        }
    }
}

/// The limiters of the service.
pub struct Limiters {
    /// Of exports.
    pub exports: Limiter,
    /// Of recordings.
    pub recordings: Limiter,
    /// Of lists and counts.
    pub queries: Limiter,
    /// Of downloads.
    pub downloads: Limiter,
}

impl Limiters {
    /// Changes their limits.
    pub fn set_limits(&self, settings: &LimitSettings) {
        for (work, limiter) in self.all() {
            limiter.set_limits(work.limits(settings));
        }
    }

    /// What the metrics read.
    pub fn watched(&self) -> Vec<Box<dyn Watched>> {
        let watched =
            |(_, limiter): (Work, &Limiter)| Box::new(limiter.clone()) as Box<dyn Watched>;
        self.all().map(watched).into()
    }

    fn all(&self) -> [(Work, &Limiter); 4] {
        [
            (Work::Exports, &self.exports),
            (Work::Recordings, &self.recordings),
            (Work::Queries, &self.queries),
            (Work::Downloads, &self.downloads),
        ]
    }
}
