//! People whom a provider of `OpenID` Connect signs in: the code flow with PKCE, a state and a nonce.

mod claims;
mod error;
mod exchange;
mod http;
mod options;
mod provider;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use openidconnect::core::CoreResponseType;
use openidconnect::{
    AuthenticationFlow, CsrfToken, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, Scope,
};
use secrecy::SecretString;

pub(crate) use self::claims::OidcUser;
pub use self::error::{InvalidOidc, OidcError};
use self::exchange::{Unproven, client, exchange, proven};
use self::http::HttpClient;
pub use self::options::{OidcGrant, OidcOptions};
use self::provider::{FAILURE_TIME, Provider};
use crate::error::{IdentityError, IdentityErrorKind};
use crate::session::PendingSignIn;

/// Where the provider leads back to.
const CALLBACK: &str = "/v2/sign-in/oidc/callback";

/// A provider by which people sign in. All clones are of the same one.
#[derive(Clone)]
pub struct Oidc(Arc<Shared>);

struct Shared {
    options: OidcOptions,
    redirect_url: RedirectUrl,
    provider: Provider,
}

impl Oidc {
    /// The provider that the options name. It is asked only when somebody signs in.
    ///
    /// # Errors
    /// When its address, or that of this service, is not one.
    pub fn new(options: OidcOptions) -> Result<Self, InvalidOidc> {
        let issuer = IssuerUrl::new(options.issuer.clone()).map_err(|_| InvalidOidc::Issuer)?;
        let base = options.public_url.trim_end_matches('/');
        let redirect_url = RedirectUrl::new(format!("{base}{CALLBACK}"));
        let redirect_url = redirect_url.map_err(|_| InvalidOidc::PublicUrl)?;
        let client = HttpClient::new(&options);
        Ok(Self(Arc::new(Shared {
            provider: Provider::new(issuer, client, options.request_timeout),
            redirect_url,
            options,
        })))
    }

    /// What people call the provider.
    pub(crate) fn label(&self) -> &str {
        &self.0.options.label
    }

    /// What the provider calls itself.
    pub(crate) fn issuer(&self) -> &str {
        &self.0.options.issuer
    }

    /// A path of this service as browsers reach it: where the public URL has a path, below that.
    pub(crate) fn below_public_url(&self, path: &str) -> String {
        let base = self.0.redirect_url.url().path();
        let base = base.strip_suffix(CALLBACK).unwrap_or_default();
        format!("{base}{path}")
    }

    /// Where a browser goes so that its user signs in.
    ///
    /// # Errors
    /// When the provider does not say (503).
    pub(crate) async fn location(&self, pending: &PendingSignIn) -> Result<String, IdentityError> {
        let Shared {
            options,
            redirect_url,
            provider,
        } = &*self.0;
        let metadata = provider.metadata().await.map_err(unavailable)?;
        let client = client(&metadata, options, redirect_url.clone());
        let verifier = PkceCodeVerifier::new(pending.verifier.clone());
        // The library asks for `openid` itself.
        let scopes = options.scopes.iter().filter(|scope| *scope != "openid");
        let (state, nonce) = (pending.state.clone(), pending.nonce.clone());
        let (url, ..) = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scopes(scopes.cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url.into())
    }

    /// Whether it is this provider that leads a browser back, by what it calls itself there (RFC 9207). One that always
    /// does may not leave it out.
    ///
    /// # Errors
    /// When it is left out, and the provider does not say whether it may be (503).
    pub(crate) async fn leads_back(&self, issuer: Option<&str>) -> Result<bool, IdentityError> {
        if let Some(issuer) = issuer {
            return Ok(issuer == self.issuer());
        }
        let metadata = self.0.provider.metadata().await.map_err(unavailable)?;
        Ok(!metadata.additional_metadata().names_itself)
    }

    /// The user whom a code stands for. What the provider hands out beside that is not kept.
    ///
    /// # Errors
    /// When the code, or what the provider says, is not valid (401), when the user is not named or has no project here (403),
    /// and when the provider does not say (503).
    pub(crate) async fn user(
        &self,
        pending: &PendingSignIn,
        code: SecretString,
        now: DateTime<Utc>,
    ) -> Result<OidcUser, IdentityError> {
        let Shared {
            options,
            redirect_url,
            provider,
        } = &*self.0;
        let metadata = provider.metadata().await.map_err(unavailable)?;
        let client = client(&metadata, options, redirect_url.clone());
        let verifier = pending.verifier.clone();
        let token = provider
            .ask(move |http| exchange(&client, http, &code, verifier))
            .await
            .map_err(unavailable)?;
        let token = token.ok_or_else(|| {
            IdentityError::refused(
                IdentityErrorKind::SignInRefused,
                "the provider does not take the code: sign in again",
            )
        })?;
        let nonce = &pending.nonce;
        let mut claims = proven(&token, &metadata, options, nonce, now);
        if let Err(Unproven::UnknownKey) = claims {
            // It may have new keys since they were asked for.
            let renewed = provider.with_new_keys(&metadata).await;
            if let Some(metadata) = renewed.map_err(unavailable)? {
                claims = proven(&token, &metadata, options, nonce, now);
            }
        }
        let claims = claims.map_err(|unproven| {
            let (reason, cause) = match unproven {
                Unproven::UnknownKey => {
                    let reason = "it is signed with a key that the provider does not publish";
                    (reason, OidcError::Invalid(reason.to_owned()))
                }
                Unproven::Invalid(reason, cause) => (reason, cause),
            };
            IdentityError::refused_because(
                IdentityErrorKind::SignInRefused,
                format!("what the provider says of the user is not valid: {reason}"),
                cause,
            )
        })?;
        OidcUser::of(&claims, options)
    }
}

fn unavailable(error: OidcError) -> IdentityError {
    IdentityError::refused_for(
        IdentityErrorKind::IamUnavailable,
        "the provider by which people sign in is unavailable: try again later",
        FAILURE_TIME,
        Some(Box::new(error)),
    )
}
