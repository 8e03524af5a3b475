//! Who signs in, and the session that they get.

use std::time::Duration;

use chrono::{DateTime, Utc};
use deskledger_domain::{Principal, SignInWay};
use deskledger_store::{SessionAbout, SessionBounds, SessionHash};
use sha2::{Digest as _, Sha256};

use super::document::{SessionDocument, SessionProject};
use super::site::Site;
use crate::request::{Header, Request};

/// The most characters that are kept of what a browser calls itself.
const MAX_USER_AGENT_CHARS: usize = 255;

/// How long sessions live, how many there may be, and whose requests they authorise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOptions {
    /// How long a session may go unused: at least a minute.
    pub idle: Duration,
    /// How long it lives at most.
    pub lifetime: Duration,
    /// How many there may be.
    pub bounds: SessionBounds,
    /// Where browsers find the service.
    pub site: Site,
}

/// Who signed in, and what they may do.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The name of the user.
    pub user: String,
    /// How they signed in.
    pub way: SignInWay,
    /// What the way knows them by, which is nobody else's.
    pub identity: Vec<String>,
    /// The projects that they may act in: at least one. The first one is chosen.
    pub projects: Vec<SessionProject>,
    /// The token that vouches for them as long as it is valid, where there is one.
    pub token: Option<String>,
    /// The session that their browser had, where its cookie does not come with the request.
    pub replaces: Option<SessionHash>,
    /// When the session ends, where it must end before its time.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A session that is alive.
#[derive(Clone, Debug)]
pub struct ActiveSession {
    pub(super) hash: SessionHash,
    pub(super) about: SessionAbout,
    pub(super) document: SessionDocument,
    pub(super) principal: Principal,
    pub(super) last_used_at: DateTime<Utc>,
}

impl ActiveSession {
    /// What everybody may know of it who may see it.
    pub fn about(&self) -> &SessionAbout {
        &self.about
    }

    /// The user, in the project that is chosen.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The projects that may be chosen.
    pub fn projects(&self) -> &[SessionProject] {
        &self.document.projects
    }

    /// When it was last used.
    pub fn last_used_at(&self) -> DateTime<Utc> {
        self.last_used_at
    }

    /// The token that vouches for it.
    pub(crate) fn token(&self) -> Option<&str> {
        self.document.token.as_deref()
    }
}

/// A person, by a hash of what the way of their sign-in knows them by. Each text follows its length.
pub(super) fn owner(way: SignInWay, identity: &[String]) -> String {
    let mut hash = Sha256::new();
    for text in std::iter::once(way.name()).chain(identity.iter().map(String::as_str)) {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text);
    }
    base16ct::lower::encode_string(&hash.finalize())
}

/// What a browser calls itself, as far as that can be shown.
pub(super) fn user_agent(request: &impl Request) -> Option<String> {
    let Header::One(text) = request.header("user-agent") else {
        return None;
    };
    let text = String::from_utf8_lossy(text);
    let shown = text.chars().filter(|character| !character.is_control());
    let shown: String = shown.take(MAX_USER_AGENT_CHARS).collect();
    (!shown.is_empty()).then_some(shown)
}
