use thiserror::Error;

/// Something cannot be sealed, or no key for it be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SealError {
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
    /// The text is longer than a sealed one may be.
    #[error("the text of {bytes} bytes is too long to be sealed")]
    TooLong {
        /// How many bytes it has.
        bytes: usize,
    },
}
