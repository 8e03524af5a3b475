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
        keys: &["identity.access_key_cache_seconds"],
        while_holds: |settings| settings.identity.sealing_keys.is_empty(),
        reason: "no access keys of the database are used, since identity.sealing_keys is empty",
    },
    Idle {
        keys: &[
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
mod tests {
    use config::Map;

    use super::*;
    use crate::source::known_keys;

    fn sentences(text: &str) -> Vec<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let settings = Settings::from_sources(Some(file.path()), &Map::new()).unwrap();
        settings.keys_without_effect()
    }

    /// Files, with the line that has no effect and what is said of it.
    const WITHOUT_EFFECT: &[(&str, u32, &str)] = &[
        (
            "tasks.s3.endpoint = 'https://h'",
            1,
            "tasks.s3.endpoint has no effect: tasks.storage does not begin with s3://",
        ),
        (
            "tasks.s3.region = 'r'\ntasks.storage = '/x'",
            1,
            "tasks.s3.region has no effect: tasks.storage does not begin with s3://",
        ),
        (
            "database.url = 'postgres://h/d'\ntasks.attempts = 9",
            2,
            "tasks.attempts has no effect: there are no export tasks, since tasks.storage is empty",
        ),
        (
            "tasks.at_once = 0\ntasks.poll_seconds = 9",
            2,
            "tasks.poll_seconds has no effect: this process runs no tasks, since tasks.at_once is 0",
        ),
        (
            "identity.iam.ca_file = '/x'",
            1,
            "identity.iam.ca_file has no effect: identity.iam.url is empty",
        ),
        (
            "identity.iam.requests = 4",
            1,
            "identity.iam.requests has no effect: identity.iam.url is empty",
        ),
        (
            "identity.access_key_cache_seconds = 1",
            1,
            "identity.access_key_cache_seconds has no effect: no access keys of the database are used, since identity.sealing_keys is empty",
        ),
        (
            "database.silence_seconds = 9",
            1,
            "database.silence_seconds has no effect: it is for PostgreSQL, and the database is SQLite",
        ),
        (
            "database.application_name = 'x'",
            1,
            "database.application_name has no effect: it is for PostgreSQL, and the database is SQLite",
        ),
        (
            "retention.interval_hours = 9",
            1,
            "retention.interval_hours has no effect: retention.days is not set, and SQLite has no partitions",
        ),
        (
            "limits.min_bytes_per_second = 0\nlimits.min_rate_window_seconds = 9",
            2,
            "limits.min_rate_window_seconds has no effect: limits.min_bytes_per_second is 0",
        ),
        (
            "limits.queue_seconds = 0\nlimits.queue_length = 9",
            2,
            "limits.queue_length has no effect: nothing waits, since limits.queue_seconds is 0",
        ),
        (
            "tasks.at_once = 9",
            1,
            "tasks.at_once is 9, which has no effect: limits.exports is 4",
        ),
        (
            "limits.exports_per_project = 9",
            1,
            "limits.exports_per_project is 9, which has no effect: limits.exports is 4",
        ),
        (
            "limits.recordings_per_project = 9",
            1,
            "limits.recordings_per_project is 9, which has no effect: limits.recordings is 4",
        ),
        (
            "limits.queries_per_project = 9",
            1,
            "limits.queries_per_project is 9, which has no effect: limits.queries is 8",
        ),
        (
            "limits.queue_per_project = 99",
            1,
            "limits.queue_per_project is 99, which has no effect: limits.queue_length is 32",
        ),
        (
            "limits.query_queue_per_project = 999",
            1,
            "limits.query_queue_per_project is 999, which has no effect: limits.query_queue_length is 256",
        ),
        (
            "limits.record_held_bytes = 999999999",
            1,
            "limits.record_held_bytes is 999999999, which has no effect: limits.record_body_bytes is 104857600",
        ),
        (
            "server.connections = 64\nserver.connections_per_peer = 65",
            2,
            "server.connections_per_peer is 65, which has no effect: server.connections is 64",
        ),
        (
            "server.connections = 64\nserver.unauthenticated_connections = 33",
            2,
            "server.unauthenticated_connections is 33, which has no effect: half of server.connections is 32",
        ),
        (
            "identity.iam.url = 'https://h'\nidentity.iam.connect_timeout_seconds = 6",
            2,
            "identity.iam.connect_timeout_seconds is 6, which has no effect: identity.iam.request_timeout_seconds is 5",
        ),
    ];

    #[test]
    fn a_key_that_is_set_and_has_no_effect_is_named_with_its_line_and_the_reason() {
        for (text, line, sentence) in WITHOUT_EFFECT {
            let found = sentences(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(
                found[0].ends_with(&format!(", line {line}: {sentence}")),
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_key_that_is_not_set_or_has_an_effect_is_not_named() {
        for text in [
            "",
            // The file that all defaults are in.
            crate::source::DEFAULTS,
            "limits.exports = 1",
            "limits.queue_length = 8",
            "database.url = 'postgres://h/d'\ndatabase.silence_seconds = 9\nretention.interval_hours = 2",
            "identity.iam.url = 'https://h'\nidentity.iam.requests = 4",
            "tasks.at_once = 0",
        ] {
            assert_eq!(sentences(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn every_rule_names_keys_that_exist() {
        let known = known_keys();
        let bounds = BOUNDS.iter().flat_map(|bound| {
            [
                bound.key,
                bound.other.rsplit(' ').next().unwrap_or_default(),
            ]
        });
        for key in IDLE
            .iter()
            .flat_map(|rule| rule.keys)
            .copied()
            .chain(bounds)
        {
            assert!(known.contains_key(key.trim_end_matches('.')), "{key}");
        }
    }
}
