#![doc = include_str!("../README.md")]

mod access_key;
mod authenticator;
mod authorization_message;
mod error;
mod iam;
mod outgoing;
mod request;
mod seal;
mod token;
pub mod url;

pub use access_key::{
    BodyProof, GeneratedAccessKey, KeyRing, SecretSealer, SentBody, SignatureRefusal,
    SignatureVerifier, canonical_form, is_access_key_id,
};
pub use authenticator::{AUTH_TOKEN, Authenticator, body_proof};
pub use authorization_message::{DenialDocument, MAX_ENCODED_CHARS, MessageSealer, SealedMessage};
pub use error::{IdentityError, IdentityErrorKind, Refused};
pub use iam::{CountSuspects, IamError, IamObserver, IamOptions, IamTokens};
pub use outgoing::{InvalidCertificates, outgoing_agent, roots_of_pem};
pub use request::{Header, Request};
pub use seal::{InvalidKey, SealError, Sealer, SealingKey};
pub use token::{StaticTokens, StaticTokensOr, TokenHash, TokenVerifier, Verification};
