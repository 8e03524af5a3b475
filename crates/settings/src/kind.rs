//! What kinds of values there are, and what numbers a key may have.

use std::collections::BTreeMap;
use std::num::IntErrorKind;
use std::ops::RangeInclusive;

use config::Value;
use toml::de::DeValue;

use super::source::PREFIX;

/// The sections whose keys the operator names, with the kind of their values.
const SECTIONS_OF_ANY_KEY: &[(&str, Kind)] = &[("access.roles", Kind::List)];

/// The kind of the values in a section whose keys the operator names.
pub(super) fn kind_in(section: &str) -> Option<Kind> {
    let found = SECTIONS_OF_ANY_KEY
        .iter()
        .find(|(name, _)| *name == section);
    found.map(|(_, kind)| *kind)
}

/// The keys that have no default, with the kinds of their values.
const WITHOUT_DEFAULT: &[(&str, Kind)] = &[
    ("retention.days", Kind::Integer),
    ("server.admin_listen", Kind::Text),
];

const DAY_IN_SECONDS: i64 = 24 * 60 * 60;
const HOUR_IN_SECONDS: i64 = 60 * 60;
const YEAR_IN_SECONDS: i64 = 366 * 24 * 60 * 60;
const TEN_YEARS_IN_HOURS: i64 = 10 * 366 * 24;
const HUNDRED_YEARS_IN_DAYS: i64 = 100 * 366;
const KIBIBYTE: i64 = 1 << 10;
const TEBIBYTE: i64 = 1 << 40;
/// The longest URL that the HTTP library reads.
const LONGEST_URL: i64 = 65_534;
/// The largest head that it reads.
const LARGEST_HEAD: i64 = 128 * KIBIBYTE;
/// What is no recording is held whole, for clients that nobody knows yet.
const LARGEST_BODY: i64 = 16 * 1024 * KIBIBYTE;

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Boolean,
    List,
    Section,
}

impl Kind {
    /// The keys that have no default, with their kinds.
    pub(super) fn without_default() -> BTreeMap<String, Self> {
        let named = |(key, kind): &(&str, Self)| ((*key).to_owned(), *kind);
        WITHOUT_DEFAULT.iter().map(named).collect()
    }

    /// The kind of a default.
    pub(super) const fn of(default: &DeValue<'_>) -> Self {
        match default {
            DeValue::Integer(_) | DeValue::Float(_) => Self::Integer,
            DeValue::Boolean(_) => Self::Boolean,
            DeValue::Array(_) => Self::List,
            DeValue::Table(_) => Self::Section,
            DeValue::String(_) | DeValue::Datetime(_) => Self::Text,
        }
    }

    /// Why the key cannot have a value; nothing where it can. A text is never shown: it may be a secret.
    pub(super) fn refusal(self, key: &str, value: &DeValue<'_>) -> Option<String> {
        let found = match (self, value) {
            (Self::Integer, DeValue::Integer(number)) => {
                let text = number.as_str();
                // The library takes 0x, and no digits, for a number.
                if text.is_empty() {
                    return Some(format!("{key} must be a whole number, and has no digits"));
                }
                let parsed = i64::from_str_radix(text, number.radix());
                let is_in_range = parsed.is_ok_and(|number| range_of(key).contains(&number));
                return (!is_in_range).then(|| out_of_range(key, text));
            }
            (Self::Boolean, DeValue::Boolean(_))
            | (Self::Text, DeValue::String(_))
            | (Self::List, DeValue::Array(_))
            | (Self::Section, DeValue::Table(_)) => return None,
            (_, DeValue::Integer(number)) => number.as_str().to_owned(),
            (_, DeValue::Float(number)) => number.as_str().to_owned(),
            (_, DeValue::Boolean(truth)) => truth.to_string(),
            (_, DeValue::String(_)) => "a text in quotes".to_owned(),
            (_, DeValue::Datetime(_)) => "a date".to_owned(),
            (_, DeValue::Array(_)) => "a list".to_owned(),
            (_, DeValue::Table(_)) => "a section".to_owned(),
        };
        Some(format!("{key} must be {}, and is {found}", self.expected()))
    }

    /// The value that a text of the environment stands for.
    pub(super) fn parse(self, key: &str, text: &str) -> Result<Value, String> {
        let wrong = || format!("{key} must be {}, and is {text:?}", self.expected());
        match self {
            Self::Text => Ok(text.into()),
            Self::Integer => {
                let text = text.trim();
                match text.parse::<i64>() {
                    Ok(number) if range_of(key).contains(&number) => Ok(number.into()),
                    Err(error)
                        if !matches!(
                            error.kind(),
                            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow
                        ) =>
                    {
                        Err(wrong())
                    }
                    _ => Err(out_of_range(key, text)),
                }
            }
            Self::Boolean => match text.trim().to_lowercase().as_str() {
                "true" => Ok(true.into()),
                "false" => Ok(false.into()),
                _ => Err(wrong()),
            },
            Self::List => Err(format!(
                "{key} is a list, which the environment cannot hold: set it in a file"
            )),
            Self::Section => Err(format!(
                "{key} is a section, which has no value of its own: set its keys, as in {PREFIX}SECTION__KEY"
            )),
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Integer => "a whole number",
            Self::Boolean => "true or false",
            Self::List => "a list",
            Self::Section => "a section",
        }
    }
}

fn out_of_range(key: &str, number: &str) -> String {
    let range = range_of(key);
    format!(
        "{key} must be {} to {}, and is {number}",
        range.start(),
        range.end()
    )
}

/// The numbers that a key may have. A number beyond them is a mistake: it would overflow a clock, or stop the process.
pub(super) fn range_of(key: &str) -> RangeInclusive<i64> {
    match key {
        "server.workers" => 0..=512,
        // The shortest that the URLs of the service, the headers and the signed bodies of its clients fit in.
        "limits.url_bytes" => 256..=LONGEST_URL,
        "limits.header_bytes" => KIBIBYTE..=LARGEST_HEAD,
        "limits.body_bytes" => KIBIBYTE..=LARGEST_BODY,
        "limits.record_body_bytes" | "limits.record_held_bytes" => KIBIBYTE..=TEBIBYTE,
        // Two pages of the most records, of which a project has half.
        "limits.response_bytes" => 2 * 1024 * KIBIBYTE..=TEBIBYTE,
        "tasks.at_once" => 0..=10_000,
        "links.begin_seconds" => 1..=HOUR_IN_SECONDS,
        "links.lease_seconds" => 2..=HOUR_IN_SECONDS,
        "links.keep_hours" => 1..=YEAR_IN_SECONDS / HOUR_IN_SECONDS,
        "tasks.retention_hours" | "retention.interval_hours" => 1..=TEN_YEARS_IN_HOURS,
        "limits.exports"
        | "limits.exports_per_project"
        | "limits.recordings"
        | "limits.recordings_per_project"
        | "limits.queries"
        | "limits.queries_per_project"
        | "limits.downloads"
        | "limits.downloads_per_project" => 1..=10_000,
        "limits.min_bytes_per_second" => 0..=1_000_000_000,
        "server.connections" => 0..=1_000_000,
        "server.connections_per_peer"
        | "server.unauthenticated_connections"
        | "limits.record_batch"
        | "limits.record_array"
        | "links.open_per_project"
        | "links.open_per_user"
        | "tasks.attempts"
        | "tasks.waiting_per_project"
        | "identity.iam.requests"
        | "identity.iam.cache_entries" => 1..=1_000_000,
        "limits.max_records" => 0..=1_000_000_000_000,
        "limits.slow_client_seconds"
        | "limits.slow_body_seconds"
        | "limits.min_rate_window_seconds"
        | "database.connection_timeout_seconds"
        | "database.max_replica_lag_seconds"
        | "database.silence_seconds"
        | "identity.iam.connect_timeout_seconds"
        | "identity.iam.request_timeout_seconds"
        | "tasks.lease_seconds"
        | "tasks.poll_seconds" => 1..=YEAR_IN_SECONDS,
        "retention.days" => 1..=HUNDRED_YEARS_IN_DAYS,
        // A session that is idle sooner ends while its user reads.
        "sessions.idle_seconds" => 60..=DAY_IN_SECONDS,
        "sessions.lifetime_seconds" => 300..=30 * DAY_IN_SECONDS,
        // Tokens of a provider live for minutes.
        "identity.oidc.leeway_seconds" => 0..=300,
        "sessions.per_user" => 1..=1_000,
        "sessions.per_project" => 1..=100_000,
        _ if key.contains("bytes") => 0..=TEBIBYTE,
        _ if key.ends_with("_seconds") => 0..=YEAR_IN_SECONDS,
        _ if key.ends_with("_hours") => 0..=TEN_YEARS_IN_HOURS,
        _ => 0..=1_000_000,
    }
}
