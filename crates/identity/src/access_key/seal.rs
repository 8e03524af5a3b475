//! The secrets of access keys, sealed for the database.

use deskledger_domain::Principal;
use secrecy::{ExposeSecret as _, SecretString};

use crate::seal::{SealError, Sealer};

/// Seals the secrets of access keys, and opens them.
///
/// The seal also covers for whom the key is, so a row of the database that was changed by hand opens no door.
pub struct SecretSealer(Sealer);

impl SecretSealer {
    /// Seals secrets with this.
    pub fn new(sealer: Sealer) -> Self {
        Self(sealer)
    }

    /// Seals the secret of a key that stands for `principal`.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn seal(
        &self,
        id: &str,
        principal: &Principal,
        secret: &SecretString,
    ) -> Result<Vec<u8>, SealError> {
        let secret = secret.expose_secret().as_bytes();
        self.0.seal(secret, &owner(id, principal))
    }

    /// The secret that was sealed for this key. `None` where it was sealed for another, or with a key that is not here.
    pub(super) fn open(
        &self,
        id: &str,
        principal: &Principal,
        sealed: &[u8],
    ) -> Option<SecretString> {
        let opened = self.0.open(sealed, &owner(id, principal))?;
        String::from_utf8(opened).ok().map(SecretString::from)
    }
}

/// For whom a key is, as bytes that no other owner has: each text follows its length.
fn owner(id: &str, principal: &Principal) -> Vec<u8> {
    [id, principal.user(), principal.project_id().as_str()]
        .into_iter()
        .chain(principal.roles())
        .flat_map(|text| {
            let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
            length.to_be_bytes().into_iter().chain(text.bytes())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use deskledger_domain::ProjectId;

    use super::*;
    use crate::seal::SealingKey;

    fn principal(user: &str, project: &str, roles: &[&str]) -> Principal {
        let project = ProjectId::new(project).unwrap();
        Principal::new(user, project, roles.iter().copied())
    }

    #[test]
    fn a_sealed_secret_opens_for_its_owner_alone() {
        let key = SealingKey::of_bytes("a", &[7; 32]).unwrap();
        let ours = SecretSealer::new(Sealer::new(key, Vec::new()));
        let ann = principal("ann", "p1", &["a", "b"]);
        let secret = SecretString::from("the secret");
        let sealed = ours.seal("id", &ann, &secret).unwrap();
        assert!(!sealed.windows(6).any(|bytes| bytes == b"secret"));
        let opened = ours.open("id", &ann, &sealed).unwrap();
        assert_eq!(opened.expose_secret(), "the secret");

        assert!(ours.open("ID", &ann, &sealed).is_none());
        for other in [
            principal("bob", "p1", &["a", "b"]),
            principal("ann", "p2", &["a", "b"]),
            principal("ann", "p1", &["a"]),
            principal("ann", "p1", &["ab"]),
            principal("ann", "p1", &["a", "b", "c"]),
        ] {
            assert!(ours.open("id", &other, &sealed).is_none(), "{other:?}");
        }
    }
}
