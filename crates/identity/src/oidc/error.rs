use thiserror::Error;

/// Why a provider did not say who somebody is. It is for the log, and holds no token, code or secret.
#[derive(Debug, Error)]
pub enum OidcError {
    /// It could not be reached, or did not answer in time.
    #[error("the provider did not answer")]
    Transport(#[source] Box<ureq::Error>),
    /// The answer has no end in sight.
    #[error("the provider answered more than {0} bytes")]
    TooLong(u64),
    /// It names an address at which others would read what is sent.
    #[error("the provider names an address that is neither https nor on this machine")]
    InTheClear,
    /// It answered with another status than that of a success.
    #[error("the provider answered with the status {0}")]
    Status(u16),
    /// The answer is not what it should be.
    #[error("the provider answered no {what}: {reason}")]
    Answer {
        /// What was asked for.
        what: &'static str,
        /// Where it ceases to be that.
        reason: String,
    },
    /// It refused to say who the user is, and that is no fault of the user.
    #[error("the provider refused this service: {0}")]
    Refused(String),
    /// What it says of the user is not valid.
    #[error("the ID token is not valid: {0}")]
    Invalid(String),
    /// It did not answer a moment ago.
    #[error("the provider did not answer a moment ago")]
    FailedBefore,
    /// Others are asking, and none was done in time.
    #[error("too many questions to the provider are under way")]
    Busy,
    /// The task that asked was stopped.
    #[error("the question to the provider was broken off")]
    BrokenOff,
}

/// What is no address of a provider, or of this service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidOidc {
    /// That of the provider.
    #[error("must be a URL, such as https://id.example.com/realms/company")]
    Issuer,
    /// That of this service.
    #[error("must be a URL, such as https://ledger.example.com")]
    PublicUrl,
}
