//! The sealed reason of a denial. The client that was denied passes it to somebody who may open it (`contract.md` §5).

mod document;
mod sealer;

pub use document::DenialDocument;
pub use sealer::{MAX_ENCODED_CHARS, MessageSealer, SealedMessage};
