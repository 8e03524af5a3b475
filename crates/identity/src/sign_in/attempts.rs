//! Who guesses passwords or tokens is slowed down, and locks nobody out.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use deskledger_store::SessionHash;
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};

use crate::wrong_counts::WrongCounts;

/// How many attempts may be wrong within a minute: of one address, and at one user by addresses from which that user never
/// signed in.
const MOST_OF_ADDRESS: u32 = 20;
const MOST_AT_USER: u32 = 10;

/// How many addresses are remembered from which users signed in.
const KNOWN: usize = 10_000;

/// Counts attempts to sign in that were wrong, and those that are under way.
///
/// An attempt counts from its beginning, so those of many requests at once count too. A right one counts no more. A client that
/// floods a user with wrong passwords keeps nobody out who comes from an address where that user signed in before, and others for
/// a minute at a time at most.
pub(crate) struct Attempts {
    of_address: WrongCounts<IpAddr>,
    at_user: WrongCounts<User>,
    of_user_there: WrongCounts<(User, IpAddr)>,
    known: Cache<(User, IpAddr), ()>,
}

/// A user as they are named, by a hash: names are as long as clients like.
type User = SessionHash;

/// An attempt that is under way. It was wrong, unless it is said to have been right.
pub(crate) struct Attempt<'a> {
    attempts: &'a Attempts,
    address: IpAddr,
    user: Option<(User, bool)>,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            of_address: WrongCounts::new(MOST_OF_ADDRESS),
            at_user: WrongCounts::new(MOST_AT_USER),
            of_user_there: WrongCounts::new(MOST_AT_USER),
            known: Cache::new(KNOWN),
        }
    }
}

impl Attempts {
    /// Begins an attempt from an address, at a user where one is named.
    ///
    /// # Errors
    /// When too many were wrong: how long to wait.
    pub(crate) fn begin(
        &self,
        address: Option<IpAddr>,
        user: Option<&[&str]>,
    ) -> Result<Attempt<'_>, Duration> {
        let address = network(address.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)));
        let user = user.map(hash_of);
        let user = user.map(|user| (user, self.known.get(&(user, address)).is_some()));
        self.of_address.add(address)?;
        let added = match user {
            None => Ok(()),
            Some((user, true)) => self.of_user_there.add((user, address)),
            Some((user, false)) => self.at_user.add(user),
        };
        if let Err(wait) = added {
            // It is not made, so it is not wrong.
            self.of_address.take_back(&address);
            return Err(wait);
        }
        Ok(Attempt {
            attempts: self,
            address,
            user,
        })
    }
}

impl Attempt<'_> {
    /// It was right.
    pub(crate) fn was_right(self) {
        if let Some((user, _)) = self.user {
            self.attempts.known.insert((user, self.address), ());
        }
        self.was_not_judged();
    }

    /// Nobody said whether it was right.
    pub(crate) fn was_not_judged(self) {
        let Self {
            attempts,
            address,
            user,
        } = self;
        attempts.of_address.take_back(&address);
        match user {
            None => {}
            Some((user, true)) => attempts.of_user_there.take_back(&(user, address)),
            Some((user, false)) => attempts.at_user.take_back(&user),
        }
    }
}

/// The network that one client has to itself: of IPv6, a /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) if address.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        other => other.to_canonical(),
    }
}

/// A user by the texts that name them, in whatever case: each follows its length.
fn hash_of(texts: &[&str]) -> User {
    let mut hash = Sha256::new();
    for text in texts {
        let text = text.to_lowercase();
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wrong_counts::WINDOW;

    fn address(number: u32) -> Option<IpAddr> {
        let address = std::net::Ipv4Addr::from_bits(number);
        (number > 0).then(|| address.into())
    }

    /// How many of some wrong attempts are looked at.
    fn wrong(attempts: &Attempts, times: u32, from: impl Fn(u32) -> u32, user: &str) -> usize {
        (0..times)
            .filter(|number| {
                let user = ["default", user];
                attempts.begin(address(from(*number)), Some(&user)).is_ok()
            })
            .count()
    }

    #[tokio::test(start_paused = true)]
    async fn a_thousand_guesses_get_nowhere_from_one_address_and_from_a_thousand() {
        let attempts = Attempts::default();
        assert_eq!(wrong(&attempts, 1000, |_| 1, "ann"), 10);
        assert_eq!(wrong(&attempts, 1000, |number| 100 + number, "bob"), 10);
        // Neither is one address good for many users.
        let names: Vec<_> = (0..1000).map(|number| format!("user {number}")).collect();
        let begun = names
            .iter()
            .filter(|name| attempts.begin(address(7), Some(&[name])).is_ok());
        assert_eq!(begun.count(), 20);
        let Err(wait) = attempts.begin(address(7), None) else {
            panic!("it has to wait");
        };
        assert_eq!(wait, WINDOW);
        tokio::time::advance(WINDOW).await;
        assert!(attempts.begin(address(7), None).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_lock_nobody_out_where_they_signed_in_before_and_others_for_a_minute() {
        let attempts = Attempts::default();
        let ann: &[&str] = &["default", "Ann"];
        attempts
            .begin(address(1), Some(ann))
            .ok()
            .unwrap()
            .was_right();
        assert_eq!(wrong(&attempts, 1000, |number| 100 + number, "ann"), 10);
        assert!(attempts.begin(address(1), Some(ann)).is_ok());
        assert!(attempts.begin(address(2), Some(ann)).is_err());
        tokio::time::advance(WINDOW).await;
        assert!(attempts.begin(address(2), Some(ann)).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_right_attempt_counts_no_more_and_those_under_way_do() {
        let attempts = Attempts::default();
        let begin = || attempts.begin(address(1), Some(&["ann"]));
        for _ in 0..1000 {
            begin().ok().unwrap().was_right();
        }
        let under_way: Vec<_> = (0..1000).filter_map(|_| begin().ok()).collect();
        assert_eq!(under_way.len(), 10);
        for attempt in under_way {
            attempt.was_not_judged();
        }
        assert!(begin().is_ok());
    }

    #[test]
    fn one_client_has_one_network() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
