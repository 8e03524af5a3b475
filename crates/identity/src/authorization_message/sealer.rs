use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deskledger_domain::ProjectId;

use crate::seal::{SealError, Sealer};

/// The most characters that a sealed message may have (`contract.md` §5).
pub const MAX_ENCODED_CHARS: usize = 10_240;

/// Seals messages as texts, and opens them. A message belongs to a project: for another one it does not open.
pub struct MessageSealer(Sealer);

/// A sealed message, in base64. Only its reader sees it: never a log.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedMessage(String);

impl MessageSealer {
    /// The most bytes that a message may have before it is sealed, whatever the key.
    pub const MAX_BYTES: usize = MAX_ENCODED_CHARS / 4 * 3 - Sealer::MAX_OVERHEAD_BYTES;

    /// Seals messages with this.
    pub fn new(sealer: Sealer) -> Self {
        Self(sealer)
    }

    /// Seals a message of a project.
    ///
    /// # Errors
    /// When the system gives no random bytes, or the message is too long.
    pub fn seal(&self, message: &str, project: &ProjectId) -> Result<SealedMessage, SealError> {
        let bytes = message.len();
        if bytes > Self::MAX_BYTES {
            return Err(SealError::TooLong { bytes });
        }
        let sealed = self.0.seal(message.as_bytes(), owner(project))?;
        Ok(SealedMessage(STANDARD.encode(sealed)))
    }

    /// Opens a message that was sealed for a project; `None` for any other text, whatever is wrong with it.
    pub fn open(&self, sealed: &str, project: &ProjectId) -> Option<String> {
        let sealed = STANDARD.decode(sealed).ok()?;
        let message = self.0.open(&sealed, owner(project))?;
        String::from_utf8(message).ok()
    }
}

fn owner(project: &ProjectId) -> &[u8] {
    project.as_str().as_bytes()
}

impl SealedMessage {
    /// The text to send.
    pub fn as_str(&self) -> &str {
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
    use super::*;
    use crate::seal::SealingKey;

    fn sealer() -> MessageSealer {
        let key = SealingKey::of_bytes(&"k".repeat(32), &[1; 32]).unwrap();
        MessageSealer::new(Sealer::new(key, Vec::new()))
    }

    fn project(id: &str) -> ProjectId {
        ProjectId::new(id).unwrap()
    }

    #[test]
    fn a_message_opens_for_its_project_and_for_no_other() {
        let sealer = sealer();
        let message = sealer.seal("why", &project("p1")).unwrap();
        let open = |id| sealer.open(message.as_str(), &project(id));
        assert_eq!(open("p1").as_deref(), Some("why"));
        assert_eq!(open("p2"), None);
        assert_eq!(format!("{message:?}"), "SealedMessage(…)");
    }

    #[test]
    fn the_longest_message_fits_into_what_may_be_sent_back() {
        let sealer = sealer();
        let longest = "x".repeat(MessageSealer::MAX_BYTES);
        let message = sealer.seal(&longest, &project("p1")).unwrap();
        assert_eq!(message.as_str().len(), MAX_ENCODED_CHARS);
        let longer = "x".repeat(MessageSealer::MAX_BYTES + 1);
        assert!(sealer.seal(&longer, &project("p1")).is_err());
    }

    #[test]
    fn base64_is_read_in_its_one_form() {
        let sealer = sealer();
        let message = sealer.seal("why", &project("p1")).unwrap();
        let text = message.as_str();
        assert!(text.ends_with('='));
        for other in [
            text.trim_end_matches('='),
            &format!("{text}\n"),
            &format!(" {text}"),
            "",
            "no base64!",
        ] {
            assert_eq!(sealer.open(other, &project("p1")), None, "{other:?}");
        }
    }
}
