#![doc = include_str!("../README.md")]

mod access_key;
mod authenticator;
mod authorization_message;
mod error;
mod guesses;
mod iam;
mod link_secret;
mod oidc;
mod outgoing;
mod proof;
mod request;
mod seal;
mod session;
mod sign_in;
mod token;
pub mod url;
mod wrong_counts;

pub use access_key::{
    AccessKeys, BodyProof, GeneratedAccessKey, KeyRing, MadeAccessKey, SecretSealer, SentBody,
    SignatureRefusal, SignatureVerifier, WantedAccessKey, canonical_form, is_access_key_id,
};
pub use authenticator::{AUTH_TOKEN, Authenticated, Authenticator, body_proof};
pub use authorization_message::{DenialDocument, MAX_ENCODED_CHARS, MessageSealer, SealedMessage};
pub use error::{IdentityError, IdentityErrorKind, Refused};
pub use guesses::Guesses;
pub use iam::{CountSuspects, IamError, IamObserver, IamOptions, IamTokens, PasswordLogin};
pub use link_secret::LinkSecret;
pub use oidc::{InvalidOidc, Oidc, OidcError, OidcGrant, OidcOptions};
pub use outgoing::{InvalidCertificates, is_private, outgoing_agent, roots_of_pem};
pub use proof::Proof;
pub use request::{Header, Request};
pub use seal::{InvalidKey, SealError, Sealer, SealingKey};
pub use session::{
    ActiveSession, MOST_PROJECTS, SCRIPT_HEADER, SessionOptions, SessionProject, SessionSealer,
    Sessions, SignedIn, Site,
};
pub use sign_in::{
    BegunByProvider, BegunSession, InvalidReturnPath, ProviderAnswer, ReturnPath, SignIn,
    SignInAttempts, ToProvider,
};
pub use token::{
    StaticTokens, StaticTokensOr, TokenHash, TokenVerifier, Verification, generate_token,
};
