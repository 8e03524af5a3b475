//! Keys that are set to another value than their default, and do nothing because of another key.

use super::fingerprint::is_below;
use super::{Settings, TaskLocation};

/// Keys that do nothing while something holds. One that ends with a full stop stands for all below it.
struct Idle {
    keys: &'static [&'static str],
    while_holds: fn(&Settings) -> bool,
    reason: &'static str,
}

/// A number that does nothing beyond another one. That is `None` where it sets no limit.
struct Bound {
    key: &'static str,
    value: fn(&Settings) -> u64,
    other: &'static str,
    most: fn(&Settings) -> Option<u64>,
}

const IDLE: &[Idle] = &[
    Idle {
        keys: &["tasks.s3."],
        while_holds: |settings| {
            !matches!(
                settings.task_location(),
                Ok(Some(TaskLocation::Bucket { .. }))
            )
        },
        reason: "tasks.storage does not begin with s3://",
    },
    Idle {
        keys: &[
            "tasks.at_once",
            "tasks.retention_hours",
            "tasks.waiting_per_project",
            "tasks.attempts",
            "tasks.lease_seconds",
            "tasks.poll_seconds",
        ],
        while_holds: |settings| matches!(settings.task_location(), Ok(None)),
        reason: "there are no export tasks, since tasks.storage is empty",
    },
    Idle {
        keys: &[
            "tasks.retention_hours",
            "tasks.attempts",
            "tasks.lease_seconds",
            "tasks.poll_seconds",
        ],
        while_holds: |settings| {
            settings.tasks.at_once == 0 && !matches!(settings.task_location(), Ok(None))
        },
        reason: "this process runs no tasks, since tasks.at_once is 0",
    },
    Idle {
        keys: &["identity.iam."],
        while_holds: |settings| !settings.identity.iam.is_configured(),
        reason: "identity.iam.url is empty",
    },
    Idle {
        keys: &["identity.oidc."],
        while_holds: |settings| !settings.identity.oidc.is_configured(),
        reason: "identity.oidc.issuer is empty",
    },
    Idle {
        keys: &["identity.oidc."],
        while_holds: |settings| {
            settings.identity.oidc.is_configured() && settings.identity.sealing_keys.is_empty()
        },
        reason: "nobody can sign in, since identity.sealing_keys is empty",
    },
    Idle {
        keys: &["identity.access_key_cache_seconds"],
        while_holds: |settings| settings.identity.sealing_keys.is_empty(),
        reason: "no access keys of the database are used, since identity.sealing_keys is empty",
    },
    Idle {
        keys: &["sessions.", "server.public_url"],
        while_holds: |settings| settings.identity.sealing_keys.is_empty(),
        reason: "nobody can sign in, since identity.sealing_keys is empty",
    },
    Idle {
        keys: &[
            "database.read_url",
            "database.max_replica_lag_seconds",
            "database.migration_lock_seconds",
            "database.override_read_only",
            "database.write_timeout_seconds",
            "database.silence_seconds",
            "database.application_name",
        ],
        while_holds: |settings| settings.store().sqlite_file().is_some(),
        reason: "it is for PostgreSQL, and the database is SQLite",
    },
    Idle {
        keys: &["database.max_replica_lag_seconds"],
        while_holds: |settings| settings.database.read_url.is_empty(),
        reason: "database.read_url is empty",
    },
    Idle {
        keys: &["retention.interval_hours"],
        while_holds: |settings| {
            settings.retention.days.is_none() && settings.store().sqlite_file().is_some()
        },
        reason: "retention.days is not set, and SQLite has no partitions",
    },
    Idle {
        keys: &["limits.min_rate_window_seconds"],
        while_holds: |settings| settings.limits.min_bytes_per_second == 0,
        reason: "limits.min_bytes_per_second is 0",
    },
    Idle {
        keys: &[
            "limits.queue_length",
            "limits.queue_per_project",
            "limits.query_queue_length",
            "limits.query_queue_per_project",
        ],
        while_holds: |settings| settings.limits.queue_seconds == 0,
        reason: "nothing waits, since limits.queue_seconds is 0",
    },
];

const BOUNDS: &[Bound] = &[
    Bound {
        key: "limits.exports_per_project",
        value: |settings| settings.limits.exports_per_project.into(),
        other: "limits.exports",
        most: |settings| Some(settings.limits.exports.into()),
    },
    Bound {
        key: "limits.recordings_per_project",
        value: |settings| settings.limits.recordings_per_project.into(),
        other: "limits.recordings",
        most: |settings| Some(settings.limits.recordings.into()),
    },
    Bound {
        key: "limits.queries_per_project",
        value: |settings| settings.limits.queries_per_project.into(),
        other: "limits.queries",
        most: |settings| Some(settings.limits.queries.into()),
    },
    Bound {
        key: "limits.downloads_per_project",
        value: |settings| settings.limits.downloads_per_project.into(),
        other: "limits.downloads",
        most: |settings| Some(settings.limits.downloads.into()),
    },
    Bound {
        key: "limits.queue_per_project",
        value: |settings| settings.limits.queue_per_project.into(),
        other: "limits.queue_length",
        most: |settings| Some(settings.limits.queue_length.into()),
    },
    Bound {
        key: "limits.query_queue_per_project",
        value: |settings| settings.limits.query_queue_per_project.into(),
        other: "limits.query_queue_length",
        most: |settings| Some(settings.limits.query_queue_length.into()),
    },
    Bound {
        key: "limits.record_held_bytes",
        value: |settings| settings.limits.record_held_bytes,
        other: "limits.record_body_bytes",
        most: |settings| Some(settings.limits.record_body_bytes),
    },
    Bound {
        key: "tasks.at_once",
        value: |settings| settings.tasks.at_once.into(),
        other: "limits.exports",
        most: |settings| Some(settings.limits.exports.into()),
    },
    Bound {
        key: "server.connections_per_peer",
        value: |settings| settings.server.connections_per_peer as u64,
        other: "server.connections",
        most: |settings| set(settings.server.connections as u64),
    },
    Bound {
        key: "server.unauthenticated_connections",
        value: |settings| settings.server.unauthenticated_connections as u64,
        other: "half of server.connections",
        most: |settings| set(settings.server.connections.div_ceil(2) as u64),
    },
    Bound {
        key: "sessions.idle_seconds",
        value: |settings| settings.sessions.idle_seconds,
        other: "sessions.lifetime_seconds",
        most: |settings| Some(settings.sessions.lifetime_seconds),
    },
    Bound {
        key: "identity.iam.connect_timeout_seconds",
        value: |settings| settings.identity.iam.connect_timeout_seconds.into(),
        other: "identity.iam.request_timeout_seconds",
        most: |settings| Some(settings.identity.iam.request_timeout_seconds.into()),
    },
];

/// A number where 0 leaves it open.
const fn set(number: u64) -> Option<u64> {
    if number == 0 { None } else { Some(number) }
}

impl Settings {
    /// Whether a key has another value than its default.
    pub fn is_set(&self, key: &str) -> bool {
        Self::defaults().is_ok_and(|defaults| {
            let changed = self.fingerprint.changed(&defaults.fingerprint);
            changed.iter().any(|changed| changed == key)
        })
    }

    /// A sentence for each key that is set and has no effect, with what set it.
    pub(super) fn keys_without_effect(&self) -> Vec<String> {
        let Ok(defaults) = Self::defaults() else {
            return Vec::new();
        };
        let changed = self.fingerprint.changed(&defaults.fingerprint);
        let mut sentences = Vec::new();
        for rule in IDLE.iter().filter(|rule| (rule.while_holds)(self)) {
            let idle = changed
                .iter()
                .filter(|key| rule.keys.iter().any(|rule| is_below(key, rule)));
            sentences.extend(
                idle.map(|key| format!("{} has no effect: {}", self.origin(key), rule.reason)),
            );
        }
        for bound in BOUNDS {
            let value = (bound.value)(self);
            if let Some(most) = (bound.most)(self)
                && value > most
                && changed.iter().any(|key| key == bound.key)
            {
                sentences.push(format!(
                    "{} is {value}, which has no effect: {} is {most}",
                    self.origin(bound.key),
                    bound.other
                ));
            }
        }
        sentences
    }
}

#[cfg(test)]
mod tests;
