//! The access keys of the database, as they were moments ago.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use deskledger_store::{AccessKeyState, RecordStore, StoredAccessKey};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::key_ring::AccessKey;
use super::seal::SecretSealer;
use crate::error::IdentityError;

/// All keys of the database that may be used, read again once they are too old.
///
/// All are read and not the one that is asked for: keys are few, and so unknown ones, however many are tried, cost the
/// database nothing.
pub(super) struct StoredKeys {
    store: Arc<dyn RecordStore>,
    sealer: Arc<SecretSealer>,
    max_age: Duration,
    last: Mutex<Option<Reading>>,
}

type Keys = Arc<HashMap<String, Arc<AccessKey>>>;

/// A look into the database, and what was found. Why nothing was found stands in the log.
struct Reading {
    began: Instant,
    ended: Instant,
    keys: Option<Keys>,
}

impl StoredKeys {
    /// The keys of a store, at most `max_age` old.
    pub(super) fn new(
        store: Arc<dyn RecordStore>,
        sealer: SecretSealer,
        max_age: Duration,
    ) -> Self {
        Self {
            store,
            sealer: Arc::new(sealer),
            max_age,
            last: Mutex::new(None),
        }
    }

    /// The key with an identifier.
    ///
    /// # Errors
    /// When the keys are too old and the database does not answer.
    pub(super) async fn find(&self, id: &str) -> Result<Option<Arc<AccessKey>>, IdentityError> {
        Ok(self.keys().await?.get(id).cloned())
    }

    /// What seals the secrets.
    pub(super) fn sealer(&self) -> &SecretSealer {
        &self.sealer
    }

    /// Where the keys are.
    pub(super) fn store(&self) -> &Arc<dyn RecordStore> {
        &self.store
    }

    /// Forgets what was read, so that the next request sees what was just changed.
    pub(super) async fn forget(&self) {
        *self.last.lock().await = None;
    }

    /// The keys, read again if they are too old. A caller that comes while another one reads waits for that one, and
    /// takes its result, also where that is a failure.
    async fn keys(&self) -> Result<Keys, IdentityError> {
        let asked = Instant::now();
        let mut last = self.last.lock().await;
        if let Some(reading) = &*last {
            match &reading.keys {
                Some(keys) if reading.began >= asked || reading.began.elapsed() < self.max_age => {
                    return Ok(Arc::clone(keys));
                }
                None if reading.ended >= asked => return Err(IdentityError::StoreUnavailable),
                _ => {}
            }
        }
        let began = Instant::now();
        let keys = self.read().await;
        *last = Some(Reading {
            began,
            ended: Instant::now(),
            keys: keys.as_ref().ok().cloned(),
        });
        keys
    }

    async fn read(&self) -> Result<Keys, IdentityError> {
        let (store, sealer) = (Arc::clone(&self.store), Arc::clone(&self.sealer));
        let keys = tokio::task::spawn_blocking(move || {
            let stored = store.access_keys().active()?;
            let keys = stored.into_iter().filter_map(|key| open(&sealer, key));
            Ok::<_, IdentityError>(Arc::new(keys.collect()))
        });
        keys.await?
    }
}

/// A key that is not revoked, with its secret.
fn open(sealer: &SecretSealer, stored: StoredAccessKey) -> Option<(String, Arc<AccessKey>)> {
    let AccessKeyState::Active { sealed_secret } = stored.state else {
        return None;
    };
    let Some(secret) = sealer.open(&stored.id, &stored.principal, &sealed_secret) else {
        tracing::warn!(
            access_key = stored.id,
            "an access key of the database cannot be used: it was sealed with another key, or changed by hand"
        );
        return None;
    };
    let key = AccessKey::new(secret, stored.principal);
    Some((stored.id, Arc::new(key)))
}

#[cfg(test)]
mod tests {
    use deskledger_domain::{Principal, ProjectId, parse_time};
    use deskledger_store::{Database, NewAccessKey, StoreSettings};
    use secrecy::SecretString;

    use super::*;
    use crate::error::IdentityErrorKind;
    use crate::seal::{Sealer, SealingKey};

    fn sealer() -> SecretSealer {
        let key = SealingKey::of_bytes("a", &[7; 32]).unwrap();
        SecretSealer::new(Sealer::new(key, Vec::new()))
    }

    /// A migrated store in a folder.
    fn store(folder: &tempfile::TempDir) -> Arc<dyn RecordStore> {
        let url = format!("sqlite://{}/keys.sqlite3", folder.path().display());
        let store = Database::open(&StoreSettings::new(url)).unwrap().records();
        store.migrate().unwrap();
        store
    }

    fn add(store: &dyn RecordStore, id: &str, sealed_for: &str) {
        let principal = |user| Principal::new(user, ProjectId::new("p1").unwrap(), ["te_admin"]);
        let secret = SecretString::from(format!("secret of {id}"));
        let sealed = sealer().seal(id, &principal(sealed_for), &secret);
        let key = NewAccessKey {
            id,
            principal: &principal("ann"),
            sealed_secret: &sealed.unwrap(),
            created_at: parse_time("2026-11-23T00:00Z").unwrap(),
        };
        store.access_keys().add(&key).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_known_as_the_database_had_it_moments_ago() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        add(store.as_ref(), "a", "ann");
        add(store.as_ref(), "forged", "bob");
        let keys = StoredKeys::new(Arc::clone(&store), sealer(), Duration::from_secs(10));
        let known = async |id| {
            keys.find(id)
                .await
                .unwrap()
                .map(|key| key.secret().to_owned())
        };
        assert_eq!(known("a").await.as_deref(), Some("secret of a"));
        assert_eq!(known("b").await, None);
        assert_eq!(known("forged").await, None);

        let now = parse_time("2026-11-24T00:00Z").unwrap();
        store.access_keys().revoke("a", now).unwrap();
        add(store.as_ref(), "b", "ann");
        tokio::time::advance(Duration::from_secs(9)).await;
        assert!(known("a").await.is_some());
        assert!(known("b").await.is_none());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(known("a").await.is_none());
        assert!(known("b").await.is_some());
    }

    #[tokio::test]
    async fn keys_that_cannot_be_read_let_nobody_in() {
        let unreachable = StoreSettings::new("postgres://deskledger@127.0.0.1:1/deskledger");
        let store = Database::open(&unreachable).unwrap().records();
        let keys = StoredKeys::new(store, sealer(), Duration::from_secs(10));
        // Who waited for a look that failed does not look again.
        for found in futures_util::future::join_all([keys.find("a"), keys.find("a")]).await {
            assert_eq!(
                found.err().unwrap().kind(),
                IdentityErrorKind::StoreUnavailable
            );
        }
    }
}
