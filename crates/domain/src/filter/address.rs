use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Which addresses: one as it is written, or those of a network.
///
/// ```
/// use deskledger_domain::AddressFilter;
///
/// let network = AddressFilter::new("10.1.16.0/20").unwrap();
/// assert!(network.contains("10.1.31.255") && !network.contains("10.1.32.0"));
/// assert!(!network.contains("desktop-7"));
/// assert!(AddressFilter::new("10.1.16.0/33").is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressFilter {
    /// Exactly this text.
    Whole(String),
    /// Every text that is an address of this network. An IPv6 address that ends with an IPv4 address is in none.
    Network(IpNet),
}

impl AddressFilter {
    /// Reads an address, which is any text without a slash, or a network in CIDR notation; `None` where a text with a slash is
    /// no network. Bits behind the prefix do not count.
    pub fn new(text: &str) -> Option<Self> {
        if text.contains('/') {
            return text
                .parse()
                .ok()
                .map(|network: IpNet| Self::Network(network.trunc()));
        }
        Some(Self::Whole(text.to_owned()))
    }

    /// The address or the network, as text.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Whole(whole) => Cow::Borrowed(whole),
            Self::Network(network) => Cow::Owned(network.to_string()),
        }
    }

    /// Whether an address, as it was recorded, is one of these.
    pub fn contains(&self, text: &str) -> bool {
        match self {
            Self::Whole(whole) => text == whole,
            Self::Network(network) => {
                address(text).is_some_and(|address| network.contains(&address))
            }
        }
    }
}

/// The address that a text is in its usual form.
fn address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        let usual = !text.contains('.');
        usual.then(|| text.parse::<Ipv6Addr>().ok().map(IpAddr::V6))?
    } else {
        text.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
    }
}
