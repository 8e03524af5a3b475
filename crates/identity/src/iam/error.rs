use thiserror::Error;

/// Why IAM did not say whether a token is valid. It is for the log, and holds nothing of the token or of the answer.
#[derive(Debug, Error)]
pub enum IamError {
    /// It could not be reached, or did not answer in time.
    #[error("IAM did not answer")]
    Transport(#[source] ureq::Error),
    /// It answered neither that the token is valid nor that it is not.
    #[error("IAM answered with the status {0}")]
    Status(u16),
    /// The answer has no end in sight.
    #[error("IAM answered more than {0} bytes")]
    TooLong(u64),
    /// The answer is not the JSON of a token; the line and the column where it ceases to be.
    #[error("IAM answered something else than a token: line {0}, column {1}")]
    Json(usize, usize),
    /// A field of the answer is not what it should be.
    #[error("IAM answered a token whose {0} is not one")]
    Field(&'static str),
    /// Others are asking, and none was done in time.
    #[error("too many questions to IAM are under way")]
    Busy,
    /// The task that asked was stopped.
    #[error("the question to IAM was broken off")]
    BrokenOff,
}
