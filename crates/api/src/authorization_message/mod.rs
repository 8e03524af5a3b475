//! The sealed reason of a denial. The client that was denied passes it to somebody who may open it (`contract.md` §5).

mod document;
mod sealer;

pub(crate) use document::DenialDocument;
pub(crate) use sealer::{MAX_ENCODED_CHARS, MessageSealer, SealedMessage};
