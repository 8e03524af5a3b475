//! Sealing: what is handed out or stored so that this service alone can read it, and nobody can change it. Keys have
//! names, so they can be changed while old ones still open.

mod error;
mod key;
mod sealer;

pub use error::SealError;
pub use key::{InvalidKey, SealingKey};
pub use sealer::Sealer;
