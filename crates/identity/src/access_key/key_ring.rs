use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use deskledger_domain::Principal;
use deskledger_store::RecordStore;
use secrecy::{ExposeSecret as _, SecretString};

use super::seal::SecretSealer;
use super::stored_key::StoredKeys;
use crate::error::IdentityError;

/// The access keys that requests may be signed with.
#[derive(Default)]
pub struct KeyRing {
    configured: HashMap<String, Arc<AccessKey>>,
    stored: Option<StoredKeys>,
}

/// A secret, and whom it stands for.
pub(super) struct AccessKey {
    secret: SecretString,
    principal: Principal,
}

impl AccessKey {
    /// The key with a secret, which stands for `principal`.
    pub(super) fn new(secret: SecretString, principal: Principal) -> Self {
        Self { secret, principal }
    }

    /// What requests are signed with.
    pub(super) fn secret(&self) -> &str {
        self.secret.expose_secret()
    }

    /// Whom the key stands for.
    pub(super) fn principal(&self) -> &Principal {
        &self.principal
    }
}

impl KeyRing {
    /// Adds a key of the settings, and says whether its identifier is a new one.
    pub fn insert(&mut self, id: String, secret: SecretString, principal: Principal) -> bool {
        let key = Arc::new(AccessKey::new(secret, principal));
        self.configured.insert(id, key).is_none()
    }

    /// Adds the keys of a database, as they were at most `max_age` ago.
    #[must_use]
    pub fn with_store(
        self,
        store: Arc<dyn RecordStore>,
        sealer: SecretSealer,
        max_age: Duration,
    ) -> Self {
        Self {
            stored: Some(StoredKeys::new(store, sealer, max_age)),
            ..self
        }
    }

    /// The keys of the database, where there is one.
    pub(super) fn stored(&self) -> Option<&StoredKeys> {
        self.stored.as_ref()
    }

    /// The key with an identifier. Those of the settings come first, and ask no database.
    ///
    /// # Errors
    /// When the database must be asked and does not answer.
    pub(super) async fn find(&self, id: &str) -> Result<Option<Arc<AccessKey>>, IdentityError> {
        match (self.configured.get(id), &self.stored) {
            (Some(key), _) => Ok(Some(Arc::clone(key))),
            (None, Some(stored)) => stored.find(id).await,
            (None, None) => Ok(None),
        }
    }
}
