//! How many sessions are looked for at once.

use std::net::IpAddr;
use std::time::Duration;

use deskledger_limiter::{Bounds, Key, Kind, Limiter, Limits, Permit, Refusal};

use crate::error::{IdentityError, IdentityErrorKind};

/// Sessions that are looked for.
const LOOKUPS: Kind = Kind {
    name: "session_lookups",
    shared_by: "peer",
};

/// How long a client that had too many looked for should wait.
const RETRY: Duration = Duration::from_secs(1);

/// How many sessions are looked for at once: a client that makes cookies up costs the database little, and others nothing.
const LIMITS: Limits = Limits {
    bounds: Bounds {
        running: 16,
        running_per_key: 12,
        waiting: 1024,
        waiting_per_key: 256,
    },
    queue_time: Duration::from_secs(5),
};

/// What bounds how many sessions are looked for.
#[derive(Clone)]
pub(super) struct Lookups(Limiter<Peer>);

/// Where a request for a session comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Peer(Option<IpAddr>);

impl Key for Peer {}

impl Lookups {
    pub(super) fn new() -> Self {
        Self(Limiter::new(LOOKUPS, LIMITS))
    }

    /// Waits for its turn.
    ///
    /// # Errors
    /// When the address, or the process, has too many waiting (429).
    pub(super) async fn turn(
        &self,
        peer: Option<IpAddr>,
    ) -> Result<impl Send + 'static, IdentityError> {
        let permit: Permit<Peer> = self.0.acquire(&Peer(peer)).await.map_err(too_many)?;
        Ok(permit)
    }
}

fn too_many(refusal: Refusal) -> IdentityError {
    let message = match refusal {
        Refusal::Share(_) => {
            "the address of this client has as many sessions looked for as it may: try again later"
        }
        Refusal::Process(_) => "too many sessions are looked for: try again later",
    };
    IdentityError::refused_for(IdentityErrorKind::TooManyRequests, message, RETRY, None)
}
