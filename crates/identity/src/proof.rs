use serde::{Deserialize, Serialize};

/// With what somebody proved who they are, as far as it may be kept: to find out later whether it still holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A signature by the access key with this identifier.
    AccessKey(String),
    /// A token of the settings, by its SHA-256 in hexadecimal.
    KnownToken(String),
    /// A session, which is kept beside this.
    Session,
    /// A token that IAM knows. Nothing of it is kept.
    Token,
}
