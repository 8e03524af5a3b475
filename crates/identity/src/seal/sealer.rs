use chacha20poly1305::XNonce;
use chacha20poly1305::aead::{Aead as _, Generate as _, Payload};

use super::{SealError, SealingKey};

/// The first byte of what is sealed: what follows is the length of the key's name, the name, a nonce, and the sealed text.
const VERSION: u8 = 1;

const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// Seals texts with one key, and opens those of that key and of older ones.
///
/// The cipher is XChaCha20-Poly1305: its nonces are long enough to be random, so processes may share a key. A sealed text
/// belongs to an owner, who is not in it but is authenticated with it: for another owner it does not open.
pub struct Sealer {
    sealing: SealingKey,
    older: Vec<SealingKey>,
}

impl Sealer {
    /// The most bytes by which a text grows when it is sealed, whatever the key.
    pub const MAX_OVERHEAD_BYTES: usize = 2 + SealingKey::MAX_ID_BYTES + NONCE_BYTES + TAG_BYTES;

    /// A sealer that seals with one key and opens with all.
    pub fn new(sealing: SealingKey, older: Vec<SealingKey>) -> Self {
        Self { sealing, older }
    }

    /// A sealer with the keys of a list, the first of which seals. `None` where the list is empty.
    pub fn of_keys(keys: Vec<SealingKey>) -> Option<Self> {
        let mut keys = keys.into_iter();
        let sealing = keys.next()?;
        Some(Self::new(sealing, keys.collect()))
    }

    /// Seals a text of an owner.
    ///
    /// # Errors
    /// When the system gives no random bytes, or the text is too long for the cipher.
    pub fn seal(&self, text: &[u8], owner: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = &self.sealing;
        let nonce = XNonce::try_generate().map_err(|error| SealError::Random(error.to_string()))?;
        // A name has at most 32 bytes.
        let length = u8::try_from(key.id.len()).unwrap_or_default();
        let mut sealed = [&[VERSION, length], key.id.as_bytes()].concat();
        let payload = Payload {
            msg: text,
            aad: &associated_data(&sealed, owner),
        };
        let too_long = |_| SealError::TooLong { bytes: text.len() };
        let text = key.cipher.encrypt(&nonce, payload).map_err(too_long)?;
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// Opens what was sealed for an owner; `None` for anything else, whatever is wrong with it.
    pub fn open(&self, sealed: &[u8], owner: &[u8]) -> Option<Vec<u8>> {
        let (&[version, length], rest) = sealed.split_first_chunk()?;
        let (id, rest) = rest.split_at_checked(length.into())?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_BYTES>()?;
        if version != VERSION {
            return None;
        }
        let key = std::iter::once(&self.sealing)
            .chain(&self.older)
            .find(|key| key.id.as_bytes() == id)?;
        let header = &sealed[..2 + id.len()];
        let payload = Payload {
            msg: text,
            aad: &associated_data(header, owner),
        };
        key.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

/// What is authenticated with a text beside itself. The header says its own length, so no two of them are alike.
fn associated_data(header: &[u8], owner: &[u8]) -> Vec<u8> {
    [header, owner].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(id: &str, byte: u8) -> SealingKey {
        SealingKey::of_bytes(id, &[byte; 32]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_owner_and_for_no_other() {
        let sealer = Sealer::new(key("a", 1), Vec::new());
        let bytes = sealer.seal(b"why", b"p1").unwrap();
        assert_eq!(sealer.open(&bytes, b"p1").unwrap(), b"why");
        for other in ["p2", "p", "p11", "P1", ""] {
            assert_eq!(sealer.open(&bytes, other.as_bytes()), None);
        }
        assert_ne!(sealer.seal(b"why", b"p1").unwrap(), bytes);
    }

    #[test]
    fn older_keys_still_open_and_the_first_one_seals() {
        let before = Sealer::new(key("a", 1), Vec::new());
        let old = before.seal(b"why", b"p1").unwrap();
        let after = Sealer::of_keys(vec![key("b", 2), key("a", 1)]).unwrap();
        let new = after.seal(b"why", b"p1").unwrap();
        for sealed in [&old, &new] {
            assert!(after.open(sealed, b"p1").is_some());
        }
        assert_eq!(before.open(&new, b"p1"), None);
        let gone = Sealer::new(key("b", 2), Vec::new());
        assert_eq!(gone.open(&old, b"p1"), None);
        let same_name = Sealer::new(key("a", 3), Vec::new());
        assert_eq!(same_name.open(&old, b"p1"), None);
        assert!(Sealer::of_keys(Vec::new()).is_none());
    }

    #[test]
    fn a_random_key_opens_what_it_sealed_alone() {
        let random = || Sealer::new(SealingKey::random().unwrap(), Vec::new());
        let sealer = random();
        let bytes = sealer.seal(b"why", b"p1").unwrap();
        assert!(sealer.open(&bytes, b"p1").is_some());
        assert_eq!(random().open(&bytes, b"p1"), None);
    }

    #[test]
    fn no_byte_can_be_changed_or_left_out() {
        let sealer = Sealer::new(key("a", 1), vec![key("b", 2)]);
        let bytes = sealer.seal(b"why", b"p1").unwrap();
        let open = |sent: &[u8]| sealer.open(sent, b"p1");
        assert!(open(&bytes).is_some());
        for position in 0..bytes.len() {
            for bit in 0..8 {
                let mut forged = bytes.clone();
                forged[position] ^= 1 << bit;
                assert_eq!(open(&forged), None, "bit {bit} of byte {position}");
            }
            assert_eq!(open(&bytes[..position]), None, "{position} bytes");
            assert_eq!(open(&bytes[position + 1..]), None);
        }
        assert_eq!(open(&[&bytes[..], b"x"].concat()), None);
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_and_anything_else_does_not(
            text: Vec<u8>,
            owner: Vec<u8>,
            forged: Vec<u8>,
        ) {
            let sealer = Sealer::new(key(&"k".repeat(32), 1), Vec::new());
            let bytes = sealer.seal(&text, &owner).unwrap();
            prop_assert_eq!(bytes.len(), text.len() + Sealer::MAX_OVERHEAD_BYTES);
            prop_assert_eq!(sealer.open(&bytes, &owner), Some(text));
            prop_assert_eq!(sealer.open(&forged, &owner), None);
        }
    }
}
