//! Addresses of clients: at the other end of a connection, or behind a proxy.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::http::header::{elements, split, unquoted};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The bits of an IPv6 address that one site cannot choose.
const IPV6_SITE: u128 = !0 << 64;

/// The proxies whose word about the addresses of their clients is taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Proxies in these networks.
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether an address is that of one of these proxies.
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of the client of a request that came from `peer`: the last one in `X-Forwarded-For`, or else in
    /// `Forwarded`, that is not one of these proxies. `None` where `peer` is not one of them, or the headers say nothing.
    ///
    /// Each proxy adds the address that it was asked from at the end. What stands before the last address that is not a
    /// proxy's, the client may have made up.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        if !self.trust(peer) {
            return None;
        }
        // No RFC describes it, and a quote in it is nothing but a character.
        let lines = headers.get_all(X_FORWARDED_FOR);
        let mut hops: Vec<_> = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .map(|hop| address(hop.trim()))
            .collect();
        if hops.is_empty() {
            hops = elements(headers, &FORWARDED).map(forwarded_for).collect();
        }
        // A hop that is no address hides all before it.
        hops.into_iter()
            .rev()
            .find(|hop| hop.is_none_or(|address| !self.trust(address)))
            .flatten()
    }
}

/// The address of a hop: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`.
fn address(hop: &str) -> Option<IpAddr> {
    if let Some(rest) = hop.strip_prefix('[') {
        return rest.split_once(']')?.0.parse().ok();
    }
    let address = hop.parse().ok();
    address.or_else(|| hop.rsplit_once(':')?.0.parse().ok())
}

/// The address in an element of `Forwarded` (RFC 7239 §4): `for="[2001:db8::1]:80";proto=https`. What a client wrote may stand in
/// another pair, such as `host`, so one that is malformed makes the whole worth nothing.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = split(element, ';').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name, unquoted(value)?))
    });
    let pairs: Vec<_> = pairs.collect::<Option<_>>()?;
    let mut named = pairs
        .into_iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("for"));
    match (named.next(), named.next()) {
        (Some((_, value)), None) => address(value),
        _ => None,
    }
}

/// What is counted for an address: an IPv4 address, or the network of one site in IPv6, which can take any address in it.
pub(super) fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & IPV6_SITE).into(),
        address @ IpAddr::V4(_) => address,
    }
}
