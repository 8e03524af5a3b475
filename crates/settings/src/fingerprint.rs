//! Which keys differ between two readings of the settings, without a secret kept for it.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;

use config::{Value, ValueKind};

/// What a running service takes over, by the beginning of its keys.
const RELOADED: [&str; 22] = [
    "access.",
    "identity.access_key_cache_seconds",
    "identity.access_keys",
    "identity.oidc.",
    "identity.sealing_keys",
    "identity.tokens",
    "limits.body_bytes",
    "limits.header_bytes",
    "limits.exports_per_project",
    "limits.recordings_per_project",
    "limits.queries_per_project",
    "limits.downloads",
    "limits.downloads_per_project",
    "limits.queue_length",
    "limits.queue_per_project",
    "limits.queue_seconds",
    "limits.query_queue_length",
    "limits.query_queue_per_project",
    "limits.slow_body_seconds",
    "limits.url_bytes",
    "server.public_url",
    "sessions.",
];

/// A hash of the value of each key. It is of this process alone: nobody can try values for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Fingerprint(BTreeMap<String, u64>);

impl Fingerprint {
    /// That of the keys below a value.
    pub(super) fn of(value: &Value) -> Self {
        let mut fingerprint = Self::default();
        fingerprint.add("", value);
        fingerprint
    }

    fn add(&mut self, key: &str, value: &Value) {
        static KEY: OnceLock<RandomState> = OnceLock::new();

        if let ValueKind::Table(table) = &value.kind {
            for (name, value) in table {
                let separator = if key.is_empty() { "" } else { "." };
                self.add(&format!("{key}{separator}{name}"), value);
            }
        } else {
            let hash = KEY
                .get_or_init(RandomState::new)
                .hash_one(value.kind.to_string());
            self.0.insert(key.to_owned(), hash);
        }
    }

    /// The keys that differ.
    pub(super) fn changed(&self, other: &Self) -> Vec<String> {
        let keys: std::collections::BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        keys.into_iter()
            .filter(|key| self.0.get(*key) != other.0.get(*key))
            .cloned()
            .collect()
    }

    /// The keys that differ and that a running service does not take over.
    pub(super) fn need_a_restart(&self, new: &Self) -> Vec<String> {
        let mut keys = self.changed(new);
        keys.retain(|key| !RELOADED.iter().any(|reloaded| is_below(key, reloaded)));
        keys
    }
}

/// Whether a key is another one, or below it.
pub(super) fn is_below(key: &str, other: &str) -> bool {
    key == other || (other.ends_with('.') && key.starts_with(other))
}

#[cfg(test)]
mod tests {
    use crate::Settings;

    #[test]
    fn keys_that_need_a_restart_are_named_and_no_others() {
        let with = |text: &str| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
            Settings::from_sources(Some(file.path()), &config::Map::new()).unwrap()
        };
        let old = with("");
        let new = with(
            "[database]\nauto_migrate = false\n[limits]\nexports = 5\nexports_per_project = 3\n\
             [access.roles]\nother = []\n",
        );
        let keys = old.keys_that_need_a_restart(&new);
        assert_eq!(keys, ["database.auto_migrate", "limits.exports"]);
        assert!(old.keys_that_need_a_restart(&with("")).is_empty());
        assert!(!format!("{:?}", new.fingerprint).contains("false"));
    }
}
