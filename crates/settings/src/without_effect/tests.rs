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
        "identity.oidc.label = 'Example'",
        1,
        "identity.oidc.label has no effect: identity.oidc.issuer is empty",
    ),
    (
        "identity.access_key_cache_seconds = 1",
        1,
        "identity.access_key_cache_seconds has no effect: no access keys of the database are used, since identity.sealing_keys is empty",
    ),
    (
        "sessions.per_user = 3",
        1,
        "sessions.per_user has no effect: nobody can sign in, since identity.sealing_keys is empty",
    ),
    (
        "sessions.lifetime_seconds = 600\nsessions.idle_seconds = 900\nidentity.sealing_keys = [{ id = 'a', key = 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=' }]",
        2,
        "sessions.idle_seconds is 900, which has no effect: sessions.lifetime_seconds is 600",
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
