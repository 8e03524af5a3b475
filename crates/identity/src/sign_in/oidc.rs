//! Signing in by a provider of `OpenID` Connect: the browser goes there, and comes back with a code.

use deskledger_domain::SignInWay;
use secrecy::SecretString;

use super::{BegunSession, ReturnPath, SignIn, refused, too_many};
use crate::error::{IdentityError, IdentityErrorKind};
use crate::oidc::{Oidc, OidcUser};
use crate::request::Request;
use crate::session::{PendingSignIn, Sessions, SignedIn};

/// The most characters that are shown of what a provider calls its refusal.
const MAX_REFUSAL_CHARS: usize = 64;

/// The way to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToProvider {
    /// Where the browser goes: the header `Location`.
    pub location: String,
    /// The header `Set-Cookie` by which it is known again when it comes back.
    pub cookie: String,
}

/// What a browser brings back from a provider.
#[derive(Debug, Default)]
pub struct ProviderAnswer {
    /// What the provider was sent, unchanged.
    pub state: Option<String>,
    /// What it tells who the user is for.
    pub code: Option<SecretString>,
    /// Why it does not sign the user in.
    pub error: Option<String>,
    /// Which provider it is (RFC 9207). Not all of them say that.
    pub issuer: Option<String>,
}

/// A session that has just begun, and where its browser goes.
#[derive(Debug)]
pub struct BegunByProvider {
    /// The session.
    pub begun: BegunSession,
    /// The header `Set-Cookie` that takes the sign-in from the browser.
    pub delete_sign_in: String,
    /// Where the browser goes: the header `Location`.
    pub location: String,
}

impl SignIn {
    /// What people call the provider, where there is one.
    pub fn oidc_label(&self) -> Option<&str> {
        self.sessions.as_ref()?;
        self.oidc.as_ref().map(Oidc::label)
    }

    /// Where a browser goes so that its user signs in, and by which cookie it is known again when it comes back.
    ///
    /// # Errors
    /// When there is no provider (404), or it does not answer (503).
    pub async fn to_provider(
        &self,
        request: &impl Request,
        to: &ReturnPath,
    ) -> Result<ToProvider, IdentityError> {
        let (sessions, oidc) = (self.sessions()?, self.oidc()?);
        let pending = sessions.new_pending(request, to.as_str())?;
        Ok(ToProvider {
            location: oidc.location(&pending).await?,
            cookie: sessions.set_pending(request, &pending)?,
        })
    }

    /// Begins a session of the user whom a provider signed in.
    ///
    /// # Errors
    /// When the browser did not begin this sign-in, or it is too old, or what the provider says is not valid (401); when the
    /// provider refuses the user, or the user has no project here (403); when too many were wrong (429), and when that cannot be
    /// found out (503).
    pub async fn by_provider(
        &self,
        request: &impl Request,
        answer: ProviderAnswer,
    ) -> Result<BegunByProvider, IdentityError> {
        let (sessions, oidc) = (self.sessions()?, self.oidc()?);
        let attempt = self
            .attempts
            .0
            .begin(request.peer(), None)
            .map_err(too_many)?;
        let (pending, user) = match user(sessions, oidc, request, answer).await {
            Ok(found) => found,
            Err(error) => {
                match error.kind() {
                    IdentityErrorKind::SignInRefused | IdentityErrorKind::SignInDenied => {}
                    _ => attempt.was_not_judged(),
                }
                return Err(error);
            }
        };
        attempt.was_right();
        let signed_in = SignedIn {
            user: user.name,
            way: SignInWay::Oidc,
            identity: vec![oidc.issuer().to_owned(), user.subject],
            projects: user.projects,
            token: None,
            replaces: pending.replaces(),
            expires_at: None,
        };
        let (session, cookie) = sessions.begin(request, signed_in).await?;
        Ok(BegunByProvider {
            begun: BegunSession { session, cookie },
            delete_sign_in: sessions.delete_pending(request),
            location: oidc.below_public_url(&pending.to),
        })
    }

    /// Where the browser was to go in the end, of a sign-in by a provider that it began. `None`: it began none, or too long ago.
    pub fn pending_return(&self, request: &impl Request) -> Option<ReturnPath> {
        let pending = self.sessions.as_ref()?.pending(request)?;
        ReturnPath::new(pending.to).ok()
    }

    fn oidc(&self) -> Result<&Oidc, IdentityError> {
        self.oidc.as_ref().ok_or_else(|| {
            IdentityError::refused(
                IdentityErrorKind::NotConfigured,
                "nobody can sign in by a provider here: GET /v2/sign-in lists the ways that there are",
            )
        })
    }
}

/// The sign-in that a browser began, and the user that the provider says it is.
async fn user(
    sessions: &Sessions,
    oidc: &Oidc,
    request: &impl Request,
    answer: ProviderAnswer,
) -> Result<(PendingSignIn, OidcUser), IdentityError> {
    let pending = sessions.pending(request);
    // Who knows the cookie knows the state, so comparing them takes no care.
    let pending = pending.filter(|pending| answer.state.as_ref() == Some(&pending.state));
    let pending = pending.ok_or_else(|| {
        refused("this browser did not begin this sign-in, or more than ten minutes ago, or has begun another since: sign in again")
    })?;
    if !sessions.spend(&pending).await? {
        return Err(refused("this sign-in was used before: sign in again"));
    }
    if !oidc.leads_back(answer.issuer.as_deref()).await? {
        return Err(refused(
            "another provider leads back than the one that was asked: sign in again",
        ));
    }
    if let Some(error) = answer.error {
        return Err(IdentityError::refused(
            IdentityErrorKind::SignInDenied,
            format!("the provider did not sign the user in: {}", shown(&error)),
        ));
    }
    let code = answer.code.ok_or_else(|| {
        refused("the provider leads back with neither a code nor an error: sign in again")
    })?;
    let user = oidc.user(&pending, code, sessions.now()).await?;
    Ok((pending, user))
}

/// What a provider calls its refusal, as far as that can be shown.
fn shown(error: &str) -> String {
    let visible = error.chars().filter(char::is_ascii_graphic);
    visible.take(MAX_REFUSAL_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_refusal_visible_characters_are_shown_and_not_too_many() {
        assert_eq!(shown("access_denied"), "access_denied");
        assert_eq!(shown("a\r\nb\u{1b}[0m\u{202e} c"), "ab[0mc");
        assert_eq!(shown(&"x".repeat(1000)).len(), MAX_REFUSAL_CHARS);
    }
}
