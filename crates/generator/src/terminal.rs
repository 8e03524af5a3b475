use super::{draw::Draw, name::PersonName, site::Site};

/// Where a terminal stands, which decides when it is used and how fast its network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Location {
    Office,
    Home,
    Mobile,
}

/// What a user sits at.
#[derive(Debug)]
pub(super) struct Terminal {
    pub(super) location: Location,
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) mac: String,
    pub(super) ip: String,
    /// The address that the gateway sees: in the office, the terminal's own.
    pub(super) source_ip: String,
    pub(super) public_ip: String,
}

/// What the vendor's clients call Windows 10, the trailing blank included.
const WINDOWS_10: &str = "Windows 10 ";

const OFFICE: &[(u32, &str)] = &[
    (45, WINDOWS_10),
    (25, "Windows 11"),
    (20, "Linux"),
    (10, "macOS"),
];
const HOME: &[(u32, &str)] = &[
    (38, WINDOWS_10),
    (37, "Windows 11"),
    (22, "macOS"),
    (3, "Linux"),
];
const MOBILE: &[(u32, &str)] = &[(60, "Android"), (40, "iOS")];
const ANDROID: &[&str] = &[
    "HUAWEI-MatePad",
    "HUAWEI-Mate60",
    "Xiaomi-Pad-6",
    "M2102J2SC",
];

/// The first halves of the hardware addresses of a few makers.
const MAKERS: &[&str] = &[
    "00-ac-9c", "3c-52-82", "a4-bb-6d", "e4-54-e8", "f8-75-a4", "50-9a-4c",
];

impl Terminal {
    /// A terminal of the person at this location.
    pub(super) fn draw(
        location: Location,
        person: &PersonName,
        site: &Site,
        draw: &mut Draw,
    ) -> Self {
        let kind = *draw.pick_weighted(match location {
            Location::Office => OFFICE,
            Location::Home => HOME,
            Location::Mobile => MOBILE,
        });
        let name = name(kind, location, person, site, draw);
        let mac = mac(location, draw);
        let ip = match location {
            Location::Office => site.terminal_ip(draw),
            Location::Home => format!("192.168.{}.{}", draw.below(2), draw.between(2, 251)),
            // What providers of mobile networks hand out (RFC 6598).
            Location::Mobile => format!(
                "100.{}.{}.{}",
                draw.between(64, 127),
                draw.below(256),
                draw.between(1, 254)
            ),
        };
        let public_ip = match location {
            Location::Office => site.public_ip(draw),
            Location::Home | Location::Mobile => public_ip(draw),
        };
        let source_ip = if location == Location::Office {
            ip.clone()
        } else {
            public_ip.clone()
        };
        Self {
            location,
            kind,
            name,
            mac,
            ip,
            source_ip,
            public_ip,
        }
    }
}

fn name(
    kind: &str,
    location: Location,
    person: &PersonName,
    site: &Site,
    draw: &mut Draw,
) -> String {
    match (kind, location) {
        ("macOS", _) if draw.per_mille(500) => format!("{}的MacBook Pro", person.written),
        ("macOS", _) => format!("{}-MBP.local", person.spelled),
        ("Android", _) => (*draw.pick(ANDROID)).to_owned(),
        ("iOS", _) if draw.per_mille(300) => format!("{}的iPad", person.written),
        ("iOS", _) => "iPhone".to_owned(),
        // In the office, what runs Linux is a thin client, and the site numbers those.
        ("Linux", Location::Office) => format!("TC-{}-{:05}", site.code, draw.below(100_000)),
        ("Linux", _) => format!("{}-linux", person.spelled),
        _ if draw.per_mille(600) => format!("DESKTOP-{}", draw.code(7)),
        _ => format!("LAPTOP-{}", draw.code(8)),
    }
}

fn mac(location: Location, draw: &mut Draw) -> String {
    let maker = match location {
        Location::Office | Location::Home => (*draw.pick(MAKERS)).to_owned(),
        // Phones make up their address: its second-lowest bit says so.
        Location::Mobile => half_mac(draw.bits(24) & 0xfc_ffff | 0x02_0000),
    };
    format!("{maker}-{}", half_mac(draw.bits(24)))
}

fn half_mac(bits: u32) -> String {
    let [_, first, second, third] = bits.to_be_bytes();
    format!("{first:02x}-{second:02x}-{third:02x}")
}

/// An address of the ranges that are kept for documentation (RFC 5737, RFC 3849), one in ten of them IPv6.
fn public_ip(draw: &mut Draw) -> String {
    if draw.per_mille(100) {
        return format!(
            "2001:db8:{:x}:{:x}::{:x}",
            draw.between(1, 0xffff),
            draw.between(1, 0xffff),
            draw.between(1, 0xffff)
        );
    }
    let network = draw.pick(&["203.0.113", "198.51.100", "192.0.2"]);
    format!("{network}.{}", draw.between(140, 254))
}
