use std::time::Duration;

use serde::Deserialize;

/// Links by which a browser takes an export.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkSettings {
    /// How long the download of a link may wait to begin, in seconds.
    pub begin_seconds: u32,
    /// Open links, which wait or run, of one project.
    pub open_per_project: u32,
    /// Open links of one user in one project.
    pub open_per_user: u32,
    /// How long the download of a link runs for others when its process is not heard of, in seconds.
    pub lease_seconds: u32,
    /// How long a link is listed after it was made, in hours.
    pub keep_hours: u32,
}

impl LinkSettings {
    /// How long the download of a link may wait to begin.
    pub fn begin(&self) -> Duration {
        Duration::from_secs(self.begin_seconds.into())
    }

    /// How long the download of a link runs for others when its process is not heard of.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.into())
    }

    /// How long a link is listed after it was made.
    pub fn keep(&self) -> Duration {
        Duration::from_secs(u64::from(self.keep_hours) * 3600)
    }
}
