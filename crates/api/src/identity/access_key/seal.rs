//! The secrets of access keys, sealed for the database.

use std::fs;
use std::path::Path;

use chacha20poly1305::aead::{Aead as _, Generate as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use deskledger_domain::Principal;
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;

/// Seals the secrets of access keys with `XChaCha20-Poly1305`, and opens them.
///
/// The seal also covers for whom the key is, so a row of the database that was changed by hand opens no door.
pub struct SecretSealer {
    /// The first one seals, every one opens.
    ciphers: Vec<XChaCha20Poly1305>,
}

/// How many bytes a sealed secret begins with that are not secret.
const NONCE_BYTES: usize = 24;

impl SecretSealer {
    /// A sealer with the keys of a text: 64 hexadecimal digits a line, of which the first seals. Empty lines and lines
    /// that begin with `#` do not count.
    ///
    /// # Errors
    /// When a line is no key, or there is none.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidSealingKey> {
        let lines = text.lines().map(str::trim);
        let ciphers = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| {
                let mut key = [0; 32];
                match base16ct::mixed::decode(line, &mut key) {
                    Ok(decoded) if decoded.len() == 32 => Ok(XChaCha20Poly1305::new(&key.into())),
                    _ => Err(InvalidSealingKey::NoKey),
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        if ciphers.is_empty() {
            return Err(InvalidSealingKey::NoKey);
        }
        Ok(Self { ciphers })
    }

    /// A sealer with the keys in a file.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no keys.
    pub(crate) fn read(file: &Path) -> Result<Self, InvalidSealingKey> {
        Self::parse(SecretString::from(fs::read_to_string(file)?).expose_secret())
    }

    /// Seals the secret of a key for whoever it stands for.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn seal(
        &self,
        id: &str,
        principal: &Principal,
        secret: &SecretString,
    ) -> Result<Vec<u8>, SealError> {
        let nonce = XNonce::try_generate().map_err(|_| SealError)?;
        let cipher = self.ciphers.first().ok_or(SealError)?;
        let owner = owner(id, principal);
        let payload = Payload {
            msg: secret.expose_secret().as_bytes(),
            aad: &owner,
        };
        let sealed = cipher.encrypt(&nonce, payload).map_err(|_| SealError)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// The secret that was sealed for this key. `None` where it was sealed for another, or with a key that is not here.
    pub(super) fn open(
        &self,
        id: &str,
        principal: &Principal,
        sealed: &[u8],
    ) -> Option<SecretString> {
        let (nonce, msg) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce = XNonce::try_from(nonce).ok()?;
        let owner = owner(id, principal);
        let opened = self
            .ciphers
            .iter()
            .find_map(|cipher| cipher.decrypt(&nonce, Payload { msg, aad: &owner }).ok())?;
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

/// A text or a file holds no key to seal with.
#[derive(Debug, Error)]
pub(crate) enum InvalidSealingKey {
    /// It has another form.
    #[error("must hold 64 hexadecimal digits a key")]
    NoKey,
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    File(#[from] std::io::Error),
}

/// A secret could not be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the system has no random numbers to seal a secret with")]
pub struct SealError;

#[cfg(test)]
mod tests {
    use deskledger_domain::ProjectId;

    use super::*;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn principal(user: &str, project: &str, roles: &[&str]) -> Principal {
        let project = ProjectId::new(project).unwrap();
        Principal::new(user, project, roles.iter().copied())
    }

    fn sealer(keys: &[String]) -> SecretSealer {
        SecretSealer::parse(&keys.join("\n")).unwrap()
    }

    #[test]
    fn a_sealed_secret_opens_for_its_owner_alone() {
        let ours = sealer(&[KEY.to_owned()]);
        let ann = principal("ann", "p1", &["a", "b"]);
        let secret = SecretString::from("the secret");
        let sealed = ours.seal("id", &ann, &secret).unwrap();
        assert!(!sealed.windows(6).any(|bytes| bytes == b"secret"));
        assert_ne!(ours.seal("id", &ann, &secret).unwrap(), sealed);
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
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(ours.open("id", &ann, &changed).is_none(), "{position}");
            assert!(ours.open("id", &ann, &sealed[..position]).is_none());
        }
    }

    #[test]
    fn the_first_key_seals_and_every_key_opens() {
        let ann = principal("ann", "p1", &[]);
        let (old, new) = (KEY.to_owned(), KEY.replace("00", "ff"));
        let sealed = sealer(std::slice::from_ref(&old))
            .seal("id", &ann, &SecretString::from("s"))
            .unwrap();
        let both = sealer(&["# new".to_owned(), new.clone(), String::new(), old]);
        assert!(both.open("id", &ann, &sealed).is_some());
        assert!(
            sealer(std::slice::from_ref(&new))
                .open("id", &ann, &sealed)
                .is_none()
        );
        let sealed = both.seal("id", &ann, &SecretString::from("s")).unwrap();
        assert!(sealer(&[new]).open("id", &ann, &sealed).is_some());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for wrong in [
            "",
            "# nothing",
            "abc",
            &KEY[2..],
            &format!("{KEY}00"),
            &format!("{KEY}\nx"),
        ] {
            assert!(SecretSealer::parse(wrong).is_err(), "{wrong}");
        }
        assert!(SecretSealer::read(Path::new("/nowhere")).is_err());
    }
}
