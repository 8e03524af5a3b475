use super::draw::Draw;

/// An office of the company. Its public addresses are of the ranges that are kept for documentation (RFC 5737).
#[derive(Debug)]
pub(super) struct Site {
    /// The letters that its computer names begin with.
    pub(super) code: &'static str,
    /// The domain of its users.
    pub(super) domain: &'static str,
    /// The three parts of a security identifier that are the domain's.
    pub(super) domain_sid: &'static str,
    /// The second number of its addresses, which are all of `10.0.0.0/8`.
    pub(super) network: u32,
    /// The network and the first of the four addresses with which it goes out.
    egress: (&'static str, u32),
}

/// The offices, with how many of the users sit there.
pub(super) const SITES: &[(u32, Site)] = &[
    (
        45,
        Site {
            code: "JY",
            domain: "corp.local",
            domain_sid: "1004336348-1177238915-682003330",
            network: 20,
            egress: ("203.0.113", 8),
        },
    ),
    (
        25,
        Site {
            code: "BJ",
            domain: "corp.local",
            domain_sid: "1004336348-1177238915-682003330",
            network: 30,
            egress: ("198.51.100", 16),
        },
    ),
    (
        15,
        Site {
            code: "SZ",
            domain: "local.com",
            domain_sid: "3623811015-3361044348-30300820",
            network: 40,
            egress: ("192.0.2", 4),
        },
    ),
    (
        10,
        Site {
            code: "CD",
            domain: "rd.example.com",
            domain_sid: "2127521184-1604012920-1887927527",
            network: 50,
            egress: ("203.0.113", 64),
        },
    ),
    (
        5,
        Site {
            code: "HK",
            domain: "hk.example.com",
            domain_sid: "500837141-2925314406-814275093",
            network: 60,
            egress: ("198.51.100", 128),
        },
    ),
];

impl Site {
    /// One of the addresses with which the site goes out.
    pub(super) fn public_ip(&self, draw: &mut Draw) -> String {
        let (network, first) = self.egress;
        format!("{network}.{}", first + draw.below(4))
    }

    /// The address of the site's desktop with this number, below 65,000.
    pub(super) fn desktop_ip(&self, number: u32) -> String {
        format!("10.{}.{}.{}", self.network, number / 250, number % 250 + 2)
    }

    /// An address of a terminal in the site's own network.
    pub(super) fn terminal_ip(&self, draw: &mut Draw) -> String {
        format!(
            "10.{}.{}.{}",
            self.network + 1,
            draw.below(250),
            draw.between(2, 251)
        )
    }
}
