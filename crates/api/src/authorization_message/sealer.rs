use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::XNonce;
use chacha20poly1305::aead::{Aead as _, Generate as _, Payload};
use deskledger_domain::ProjectId;
use thiserror::Error;

use super::SealingKey;

/// The most characters that a sealed message may have (`contract.md` §5).
pub(crate) const MAX_ENCODED_CHARS: usize = 10_240;

/// The first byte of a message: what follows is the length of the key's name, the name, a nonce, and the sealed text.
const VERSION: u8 = 1;

const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// Seals messages with one key, and opens those of that key and of older ones.
///
/// The cipher is XChaCha20-Poly1305: its nonces are long enough to be random, so processes may share a key. A message
/// belongs to a project, which is not in it but is authenticated with it: for another project it does not open.
pub(crate) struct Sealer {
    sealing: SealingKey,
    older: Vec<SealingKey>,
}

/// A sealed message, in base64. Only its reader sees it: never a log.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SealedMessage(String);

/// A message cannot be sealed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SealError {
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
    /// The message is longer than a sealed one may be.
    #[error("the message of {bytes} bytes is too long to be sealed")]
    TooLong {
        /// How many bytes it has.
        bytes: usize,
    },
}

impl Sealer {
    /// The most bytes that a message may have before it is sealed, whatever the key.
    pub(crate) const MAX_BYTES: usize =
        MAX_ENCODED_CHARS / 4 * 3 - 2 - SealingKey::MAX_ID_BYTES - NONCE_BYTES - TAG_BYTES;

    /// A sealer that seals with one key and opens with all.
    pub(crate) fn new(sealing: SealingKey, older: Vec<SealingKey>) -> Self {
        Self { sealing, older }
    }

    /// Seals a message of a project.
    ///
    /// # Errors
    /// When the system gives no random bytes, or the message is too long.
    pub(crate) fn seal(
        &self,
        message: &str,
        project: &ProjectId,
    ) -> Result<SealedMessage, SealError> {
        let too_long = SealError::TooLong {
            bytes: message.len(),
        };
        if message.len() > Self::MAX_BYTES {
            return Err(too_long);
        }
        let key = &self.sealing;
        let nonce = XNonce::try_generate().map_err(|error| SealError::Random(error.to_string()))?;
        // A name has at most 32 bytes.
        let length = u8::try_from(key.id.len()).unwrap_or_default();
        let mut sealed = [&[VERSION, length], key.id.as_bytes()].concat();
        let payload = Payload {
            msg: message.as_bytes(),
            aad: &associated_data(&sealed, project),
        };
        let text = key.cipher.encrypt(&nonce, payload).map_err(|_| too_long)?;
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(SealedMessage(STANDARD.encode(sealed)))
    }

    /// Opens a message that was sealed for a project; `None` for any other text, whatever is wrong with it.
    pub(crate) fn open(&self, sealed: &str, project: &ProjectId) -> Option<String> {
        let bytes = STANDARD.decode(sealed).ok()?;
        let (&[version, length], rest) = bytes.split_first_chunk()?;
        let (id, rest) = rest.split_at_checked(length.into())?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_BYTES>()?;
        if version != VERSION {
            return None;
        }
        let key = std::iter::once(&self.sealing)
            .chain(&self.older)
            .find(|key| key.id.as_bytes() == id)?;
        let header = &bytes[..2 + id.len()];
        let payload = Payload {
            msg: text,
            aad: &associated_data(header, project),
        };
        let message = key.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
        String::from_utf8(message).ok()
    }
}

/// What is authenticated with a message beside its text. The header says its own length, so no two of them are alike.
fn associated_data(header: &[u8], project: &ProjectId) -> Vec<u8> {
    [header, project.as_str().as_bytes()].concat()
}

impl SealedMessage {
    /// The text to send.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SealedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedMessage(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(id: &str, byte: u8) -> SealingKey {
        SealingKey::from_base64(id, &STANDARD.encode([byte; 32])).unwrap()
    }

    fn project(id: &str) -> ProjectId {
        ProjectId::new(id).unwrap()
    }

    #[test]
    fn a_message_opens_for_its_project_and_for_no_other() {
        let sealer = Sealer::new(key("a", 1), Vec::new());
        let message = sealer.seal("why", &project("p1")).unwrap();
        assert_eq!(
            sealer.open(message.as_str(), &project("p1")).unwrap(),
            "why"
        );
        for other in ["p2", "p", "p11", "P1"] {
            assert_eq!(sealer.open(message.as_str(), &project(other)), None);
        }
    }

    #[test]
    fn a_message_says_nothing_twice() {
        let sealer = Sealer::new(key("a", 1), Vec::new());
        let seal = || sealer.seal("why", &project("p1")).unwrap();
        assert!(seal() != seal());
        assert_eq!(format!("{:?}", seal()), "SealedMessage(…)");
    }

    #[test]
    fn older_keys_still_open_and_the_first_one_seals() {
        let before = Sealer::new(key("a", 1), Vec::new());
        let old = before.seal("why", &project("p1")).unwrap();
        let after = Sealer::new(key("b", 2), vec![key("a", 1)]);
        let new = after.seal("why", &project("p1")).unwrap();
        for message in [&old, &new] {
            assert!(after.open(message.as_str(), &project("p1")).is_some());
        }
        assert_eq!(before.open(new.as_str(), &project("p1")), None);
        let gone = Sealer::new(key("b", 2), Vec::new());
        assert_eq!(gone.open(old.as_str(), &project("p1")), None);
        let same_name = Sealer::new(key("a", 3), Vec::new());
        assert_eq!(same_name.open(old.as_str(), &project("p1")), None);
    }

    #[test]
    fn a_random_key_opens_its_own_messages_alone() {
        let random = || Sealer::new(SealingKey::random().unwrap(), Vec::new());
        let sealer = random();
        let message = sealer.seal("why", &project("p1")).unwrap();
        assert!(sealer.open(message.as_str(), &project("p1")).is_some());
        assert_eq!(random().open(message.as_str(), &project("p1")), None);
    }

    #[test]
    fn the_longest_message_fits_into_what_may_be_sent_back() {
        let sealer = Sealer::new(key(&"k".repeat(32), 1), Vec::new());
        let longest = "x".repeat(Sealer::MAX_BYTES);
        let message = sealer.seal(&longest, &project("p1")).unwrap();
        assert_eq!(message.as_str().len(), MAX_ENCODED_CHARS);
        let longer = "x".repeat(Sealer::MAX_BYTES + 1);
        assert!(sealer.seal(&longer, &project("p1")).is_err());
    }

    #[test]
    fn no_byte_of_a_message_can_be_changed_or_left_out() {
        let sealer = Sealer::new(key("a", 1), vec![key("b", 2)]);
        let message = sealer.seal("why", &project("p1")).unwrap();
        let bytes = STANDARD.decode(message.as_str()).unwrap();
        let open = |bytes: &[u8]| sealer.open(&STANDARD.encode(bytes), &project("p1"));
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
        // Base64 of the same bytes, written in another way.
        for text in [
            message.as_str().trim_end_matches('='),
            &format!("{}\n", message.as_str()),
            &format!(" {}", message.as_str()),
        ] {
            let open = sealer.open(text, &project("p1"));
            assert!(text == message.as_str() || open.is_none(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_and_anything_else_does_not(
            text in "\\PC{0,200}",
            owner in "[a-z]{1,8}",
            forged in "[A-Za-z0-9+/=]{0,200}",
        ) {
            let sealer = Sealer::new(key("a", 1), Vec::new());
            let message = sealer.seal(&text, &project(&owner)).unwrap();
            prop_assert_eq!(sealer.open(message.as_str(), &project(&owner)), Some(text));
            prop_assert_eq!(sealer.open(&forged, &project(&owner)), None);
        }
    }
}
