use std::net::IpAddr;
use std::time::Duration;

use crate::wrong_counts::WrongCounts;

/// How many guesses of one address may be wrong within a minute.
const MOST_WRONG: u32 = 20;

/// Slows down those who guess secrets.
///
/// It is asked only once a guess was found wrong, so nobody can lock out the owner of a secret who comes from the same address:
/// a right one is never counted and never waits. Addresses beyond the first 10,000 of a minute are counted together.
pub struct Guesses(WrongCounts<Option<IpAddr>>);

impl Default for Guesses {
    fn default() -> Self {
        Self(WrongCounts::new(MOST_WRONG).counting_others_as(None))
    }
}

impl Guesses {
    /// Counts a wrong guess of an address, as far as that is known.
    ///
    /// # Errors
    /// When there were too many: how long it is until the next one is answered again.
    pub fn wrong(&self, peer: Option<IpAddr>) -> Result<(), Duration> {
        self.0.add(peer)
    }
}
