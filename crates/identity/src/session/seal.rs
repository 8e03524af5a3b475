//! Sessions, sealed for the database.

use deskledger_store::{SessionAbout, SessionHash};

use super::document::SessionDocument;
use crate::seal::{SealError, Sealer};

/// Seals what sessions may do, and opens it.
///
/// The seal also covers the hash of the secret and all that the row says of the session, so a row of the database that was
/// changed, or moved to another hash, opens no door.
pub struct SessionSealer(Sealer);

impl SessionSealer {
    /// Seals sessions with this.
    pub fn new(sealer: Sealer) -> Self {
        Self(sealer)
    }

    /// Seals what a browser holds while its user is at a provider.
    pub(super) fn seal_pending(&self, pending: &[u8]) -> Result<Vec<u8>, SealError> {
        self.0.seal(pending, PENDING)
    }

    /// What [`Self::seal_pending`] sealed.
    pub(super) fn open_pending(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.open(sealed, PENDING)
    }

    pub(super) fn seal(
        &self,
        hash: &SessionHash,
        about: &SessionAbout,
        document: &SessionDocument,
    ) -> Result<Vec<u8>, SealError> {
        let json = document
            .to_json()
            .map_err(|_| SealError::TooLong { bytes: 0 })?;
        self.0.seal(&json, &owner(hash, about))
    }

    /// What was sealed for this session; `None` where it was sealed for another, or with a key that is not here.
    pub(super) fn open(
        &self,
        hash: &SessionHash,
        about: &SessionAbout,
        sealed: &[u8],
    ) -> Option<SessionDocument> {
        let document = self.0.open(sealed, &owner(hash, about))?;
        SessionDocument::from_json(&document)
    }
}

/// The owner of sign-ins that wait for a provider. That of a session is longer, as it begins with a hash.
const PENDING: &[u8] = b"sign-in by a provider";

/// For which session something is, as bytes that no other owner has: each text follows its length.
fn owner(hash: &SessionHash, about: &SessionAbout) -> Vec<u8> {
    let SessionAbout {
        id,
        user,
        way,
        created_at,
        ends_at,
        address,
        user_agent,
    } = about;
    let times = [created_at, ends_at].map(|time| time.timestamp_micros().to_string());
    let texts = [
        "session",
        id.as_str(),
        user,
        way.name(),
        &times[0],
        &times[1],
    ];
    let optional = [address, user_agent];
    let optional = optional.iter().flat_map(|text| {
        let text = text.as_deref();
        [
            if text.is_some() { "1" } else { "0" },
            text.unwrap_or_default(),
        ]
    });
    let mut owner = hash.to_vec();
    for text in texts.into_iter().chain(optional) {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        owner.extend(length.to_be_bytes());
        owner.extend(text.bytes());
    }
    owner
}

#[cfg(test)]
mod tests {
    use deskledger_domain::{Principal, ProjectId, SessionId, SignInWay, parse_time};

    use super::*;
    use crate::SealingKey;
    use crate::session::document::SessionProject;

    fn about() -> SessionAbout {
        SessionAbout {
            id: SessionId::new("s1").unwrap(),
            user: "ann".to_owned(),
            way: SignInWay::Token,
            created_at: parse_time("2026-11-28T08:00Z").unwrap(),
            ends_at: parse_time("2026-11-28T16:00Z").unwrap(),
            address: None,
            user_agent: None,
        }
    }

    #[test]
    fn a_row_that_was_moved_or_changed_opens_nothing() {
        let key = SealingKey::of_bytes("a", &[7; 32]).unwrap();
        let ours = SessionSealer::new(Sealer::new(key, Vec::new()));
        let ann = Principal::new("ann", ProjectId::new("p1").unwrap(), ["te_admin"]);
        let projects = vec![SessionProject::of(&ann, None)];
        let document = SessionDocument::new("ann".to_owned(), projects, None);
        let sealed = ours.seal(&[1; 32], &about(), &document).unwrap();
        let open = |hash, about| ours.open(&hash, &about, &sealed);
        assert_eq!(open([1; 32], about()), Some(document));
        assert_eq!(open([2; 32], about()), None);
        let later = about().ends_at + chrono::TimeDelta::seconds(1);
        for changed in [
            SessionAbout {
                id: SessionId::new("s2").unwrap(),
                ..about()
            },
            SessionAbout {
                user: "bob".to_owned(),
                ..about()
            },
            SessionAbout {
                way: SignInWay::Oidc,
                ..about()
            },
            SessionAbout {
                created_at: later,
                ..about()
            },
            SessionAbout {
                ends_at: later,
                ..about()
            },
            SessionAbout {
                address: Some(String::new()),
                ..about()
            },
            SessionAbout {
                user_agent: Some("x".to_owned()),
                ..about()
            },
        ] {
            assert_eq!(open([1; 32], changed.clone()), None, "{changed:?}");
        }
    }
}
