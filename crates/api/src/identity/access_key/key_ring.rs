use std::collections::HashMap;
use std::sync::Arc;

use deskledger_domain::Principal;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::ApiError;

/// The access keys that requests may be signed with.
#[derive(Default)]
pub(crate) struct KeyRing {
    configured: HashMap<String, Arc<AccessKey>>,
}

/// A secret, and whom it stands for.
pub(super) struct AccessKey {
    secret: SecretString,
    principal: Principal,
}

impl AccessKey {
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
    pub(crate) fn insert(
        &mut self,
        id: String,
        secret: SecretString,
        principal: Principal,
    ) -> bool {
        let key = Arc::new(AccessKey { secret, principal });
        self.configured.insert(id, key).is_none()
    }

    /// The key with an identifier.
    ///
    /// # Errors
    /// When that cannot be found out.
    #[expect(clippy::unused_async, reason = "keys of the database come next")]
    pub(super) async fn find(&self, id: &str) -> Result<Option<Arc<AccessKey>>, ApiError> {
        Ok(self.configured.get(id).cloned())
    }
}
