//! From the code that a browser brings to claims that are proven.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, Client, ClientId,
    ClientSecret, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    HttpRequest, IdToken, IdTokenFields, IdTokenVerifier, Nonce, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::http::HttpClient;
use super::provider::Metadata;
use super::{OidcError, OidcOptions};

/// The algorithms that a provider may sign with: those whose key is the provider's alone. With a shared secret (HS256) or none,
/// others could make tokens.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The most characters of what a provider says of its refusal that are logged.
const MAX_REASON_CHARS: usize = 200;

/// All claims beside the standard ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OtherClaims {
    #[serde(flatten)]
    claims: HashMap<String, Value>,
}

impl AdditionalClaims for OtherClaims {}

/// An ID token that is not proven.
pub(super) type UserToken = IdToken<
    OtherClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type Fields = IdTokenFields<
    OtherClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// This service, as a client of the provider.
pub(super) type OidcClient = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// This service, as a client of the provider that says this of itself.
pub(super) fn client(
    metadata: &Metadata,
    options: &OidcOptions,
    redirect_url: RedirectUrl,
) -> OidcClient {
    let secret = options.client_secret.as_ref();
    let secret = secret.map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
    let id = ClientId::new(options.client_id.clone());
    let client = OidcClient::from_provider_metadata(metadata.clone(), id, secret);
    // Without a list, a provider takes the first of these (OpenID Connect Discovery 1.0 §3).
    let methods = metadata.token_endpoint_auth_methods_supported();
    let takes = |method| methods.is_some_and(|methods| methods.contains(&method));
    let in_body = takes(CoreClientAuthMethod::ClientSecretPost)
        && !takes(CoreClientAuthMethod::ClientSecretBasic);
    let auth = if in_body {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    };
    client.set_redirect_uri(redirect_url).set_auth_type(auth)
}

/// Asks for the ID token that a code stands for; `None` where the provider does not take the code.
///
/// # Errors
/// When the provider does not say.
pub(super) fn exchange(
    client: &OidcClient,
    http: &HttpClient,
    code: &SecretString,
    verifier: String,
) -> Result<Option<UserToken>, OidcError> {
    const WHAT: &str = "ID token";
    let answer = |reason: &str| OidcError::Answer {
        what: WHAT,
        reason: reason.to_owned(),
    };
    let code = AuthorizationCode::new(code.expose_secret().to_owned());
    let request = client
        .exchange_code(code)
        .map_err(|_| answer("it names no endpoint for tokens"))?
        .set_pkce_verifier(PkceCodeVerifier::new(verifier));
    let response = request.request(&|request: HttpRequest| http.send(request));
    match response {
        Ok(response) => match response.id_token() {
            Some(token) => Ok(Some(token.clone())),
            None => Err(answer("the access token comes alone")),
        },
        Err(RequestTokenError::ServerResponse(refusal)) => match refusal.error() {
            CoreErrorResponseType::InvalidGrant => Ok(None),
            _ => Err(OidcError::Refused(visible(&refusal.to_string()))),
        },
        Err(RequestTokenError::Request(error)) => Err(error),
        Err(RequestTokenError::Parse(error, _)) => Err(answer(&error.path().to_string())),
        Err(RequestTokenError::Other(reason)) => Err(answer(&visible(&reason))),
    }
}

/// Why an ID token proves nothing.
pub(super) enum Unproven {
    /// It is signed with a key that is not known.
    UnknownKey,
    /// Anything else: what the client may know of it, and the rest.
    Invalid(&'static str, OidcError),
}

/// The claims of an ID token, once all is proven: who says it and for whom, that it is not too old, nor from the future, and
/// that it was made for this sign-in.
///
/// # Errors
/// When something is not.
pub(super) fn proven(
    token: &UserToken,
    metadata: &Metadata,
    options: &OidcOptions,
    nonce: &str,
    now: DateTime<Utc>,
) -> Result<Value, Unproven> {
    let leeway = TimeDelta::from_std(options.leeway).unwrap_or_default();
    let latest = now + leeway;
    let verifier = IdTokenVerifier::new_public_client(
        ClientId::new(options.client_id.clone()),
        metadata.issuer().clone(),
        metadata.jwks().clone(),
    )
    .set_allowed_algs(ALGORITHMS)
    .set_time_fn(move || now - leeway)
    // Who else it is for is looked at below.
    .set_other_audience_verifier_fn(|_| true);
    let claims = token
        .claims(&verifier, &Nonce::new(nonce.to_owned()))
        .map_err(|error| unproven(&error))?;
    if claims.issue_time() > latest {
        return Err(invalid("it was issued in the future (iat)"));
    }
    let is_ours = |party: &str| party == options.client_id;
    let party = claims.authorized_party().map(|party| party.as_str());
    let is_ours = match party {
        Some(party) => is_ours(party),
        // Where it is for several, it says who asked for it (OpenID Connect Core 1.0 §3.1.3.7).
        None => claims.audiences().len() == 1,
    };
    if !is_ours {
        return Err(invalid("it is for another client (azp)"));
    }
    let claims = serde_json::to_value(claims).map_err(|_| invalid("its claims are not JSON"))?;
    let begins_at = claims.get("nbf").and_then(Value::as_f64);
    #[expect(
        clippy::cast_precision_loss,
        reason = "a time of today loses nothing, and one that does is far from it"
    )]
    let latest = latest.timestamp() as f64;
    if begins_at.is_some_and(|begins_at| begins_at > latest) {
        return Err(invalid("it is not valid yet (nbf)"));
    }
    Ok(claims)
}

fn invalid(reason: &'static str) -> Unproven {
    Unproven::Invalid(reason, OidcError::Invalid(reason.to_owned()))
}

/// What of it the client may know. The rest names what the provider sent, and is for the log.
fn unproven(error: &ClaimsVerificationError) -> Unproven {
    use ClaimsVerificationError as Wrong;
    let reason = match error {
        Wrong::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            return Unproven::UnknownKey;
        }
        Wrong::SignatureVerification(
            SignatureVerificationError::DisallowedAlg(_)
            | SignatureVerificationError::UnsupportedAlg(_)
            | SignatureVerificationError::NoSignature,
        ) => "it is not signed by an algorithm that is allowed",
        Wrong::SignatureVerification(_) => "its signature is wrong",
        Wrong::Expired(_) => "it has expired",
        Wrong::InvalidAudience(_) => "it is for another client (aud)",
        Wrong::InvalidIssuer(_) => "it is of another provider (iss)",
        Wrong::InvalidNonce(_) => "it is of another sign-in (nonce)",
        _ => "it is of no kind that is known",
    };
    let detail = match error {
        Wrong::SignatureVerification(error) => error.to_string(),
        error => error.to_string(),
    };
    Unproven::Invalid(reason, OidcError::Invalid(visible(&detail)))
}

/// A text of the provider as the log may show it.
fn visible(text: &str) -> String {
    let visible = text.chars().filter(|character| !character.is_control());
    visible.take(MAX_REASON_CHARS).collect()
}
