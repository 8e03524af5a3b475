//! Records and filters made up at random, few enough of each kind that they meet.

use chrono::{DateTime, TimeDelta, Utc};
use deskledger_domain::{
    ActiveTime, AddressField, AddressFilter, ConnectionRecord, ConnectionState, ExactField,
    ExportFilter, FailureFilter, NumberRange, RecordFields, TimeRange, parse_time,
};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use crate::fixture::{everything, project};

pub(crate) fn random_name(rng: &mut ChaCha8Rng) -> Option<String> {
    const NAMES: [&str; 9] = [
        "ann", "Ann", "ANN ", " ann", "Δσς", "ΔΣΣ", "张三", "", "bob",
    ];
    rng.random_bool(0.8)
        .then(|| (*NAMES.choose(rng).unwrap()).to_owned())
}

const DOMAINS: [&str; 3] = ["local.com", "LOCAL.COM", "x"];

/// Addresses, and what looks like one.
const ADDRESSES: [&str; 16] = [
    "198.51.100.1",
    "198.51.100.2",
    "198.51.100.7",
    "198.51.100.256",
    "198.51.100.07",
    "198.51.100",
    "10.255.255.255",
    "2001:db8::1",
    "2001:DB8:0:0:0:0:0:1",
    "::1",
    "::",
    "::ffff:10.0.0.1",
    "1:2:3:4:5:6:7:8:9",
    "fe80::1%eth0",
    "2001:db8::/32",
    "desktop-7",
];

/// Why connections failed.
const REASONS: [&str; 6] = [
    "400200:busy",
    "400200",
    "400200:",
    "4002000:other",
    "no code",
    "40020_:%",
];

/// A name, often with a domain.
pub(crate) fn random_user(rng: &mut ChaCha8Rng) -> Option<String> {
    let name = random_name(rng)?;
    if rng.random_bool(0.5) {
        return Some(name);
    }
    Some(format!("{name}@{}", DOMAINS.choose(rng).unwrap()))
}

fn random_choice(rng: &mut ChaCha8Rng, of: &[&str]) -> Option<String> {
    rng.random_bool(0.9)
        .then(|| (*of.choose(rng).unwrap()).to_owned())
}

pub(crate) fn random_time(rng: &mut ChaCha8Rng) -> DateTime<Utc> {
    // Few enough that there are ties, some a microsecond apart.
    let micros = rng.random_range(0..200_i64) * 1_000_000 + rng.random_range(0..2_i64);
    parse_time("2026-01-01T00:00Z").unwrap() + TimeDelta::microseconds(micros)
}

pub(crate) fn random_record(rng: &mut ChaCha8Rng, number: u32) -> ConnectionRecord {
    let id = format!("{:x}-{number}", rng.random_range(0..64_u32));
    let mut fields = RecordFields::new(id, random_time(rng));
    fields.user_name = random_user(rng);
    fields.public_ip = random_choice(rng, &ADDRESSES);
    fields.enterprise_project_id = random_choice(rng, &["0", "1"]);
    fields.computer_name = random_name(rng);
    fields.terminal_type = random_name(rng);
    fields.connection_setup_time = rng.random_bool(0.7).then(|| random_time(rng));
    fields.connection_end_time = rng.random_bool(0.5).then(|| random_time(rng));
    fields.connection_failure_reason = rng
        .random_bool(0.4)
        .then(|| (*REASONS.choose(rng).unwrap()).to_owned());
    fields.is_reconnect = rng.random_bool(0.7).then(|| rng.random());
    fields.sid = random_choice(rng, &["0", "1"]);
    fields.terminal_mac = random_choice(rng, &["0", "1"]);
    fields.desktop_id = random_choice(rng, &["0", "1"]);
    fields.terminal_ip = random_choice(rng, &ADDRESSES);
    fields.source_ip = random_choice(rng, &ADDRESSES);
    fields.desktop_ip = random_choice(rng, &ADDRESSES);
    fields.e2e_rtt = rng.random_bool(0.8).then(|| rng.random_range(-1..100));
    fields.network_rtt = rng.random_bool(0.8).then(|| rng.random_range(-1..100));
    let name = *["p1", "p2", "P1"].choose(rng).unwrap();
    ConnectionRecord::new(project(name), fields).unwrap()
}

pub(crate) fn random_filter(rng: &mut ChaCha8Rng) -> ExportFilter {
    let mut filter = everything(["p1", "p2", "P1"].choose(rng).unwrap());
    if rng.random_bool(0.6) {
        let (a, b) = (random_time(rng), random_time(rng));
        let end = rng.random_bool(0.7).then_some(a.max(b));
        if let Ok(range) = TimeRange::new(a.min(b), end) {
            filter = filter.with_time(range);
        }
    }
    if rng.random_bool(0.3) {
        filter = filter.with_user_name(&random_user(rng).unwrap_or_default());
    }
    if rng.random_bool(0.3) {
        filter = filter.with_computer_name(&random_name(rng).unwrap_or_default());
    }
    if rng.random_bool(0.3) {
        filter = filter.with_terminal_type(&random_name(rng).unwrap_or_default());
    }
    if rng.random_bool(0.3) {
        let domain = *DOMAINS.choose(rng).unwrap();
        filter = filter.with_domain(domain).unwrap();
    }
    if rng.random_bool(0.2) {
        filter = filter.with_address(
            AddressField::PublicIp,
            AddressFilter::new(ADDRESSES.choose(rng).unwrap()).unwrap(),
        );
    }
    if rng.random_bool(0.2) {
        filter = filter.with_exact(ExactField::EnterpriseProjectId, "0");
    }
    if rng.random_bool(0.3) {
        let [min, max] = [0, 1].map(|_| rng.random_bool(0.7).then(|| rng.random_range(0..100)));
        filter = filter.with_network_rtt(NumberRange::new(min, max).unwrap_or_default());
    }
    if rng.random_bool(0.2) {
        let [min, max] = [0, 1].map(|_| rng.random_bool(0.7).then(|| rng.random_range(0..100)));
        filter = filter.with_e2e_rtt(NumberRange::new(min, max).unwrap_or_default());
    }
    if rng.random_bool(0.2) {
        let part = *["n", "AN", "σ", "", "%", "三"].choose(rng).unwrap();
        filter = filter.with_part_of_terminal_type(part);
    }
    narrowed_by_more(filter, rng)
}

/// The filters that the vendor does not have, each now and then.
fn narrowed_by_more(mut filter: ExportFilter, rng: &mut ChaCha8Rng) -> ExportFilter {
    if rng.random_bool(0.1) {
        filter = filter.with_state(*ConnectionState::ALL.choose(rng).unwrap());
    }
    if rng.random_bool(0.1) {
        let reason = *[
            "400",
            "400200",
            "400200:",
            "400200:busy",
            "40020_:%",
            "no code",
        ]
        .choose(rng)
        .unwrap();
        filter = filter.with_failure_reason(FailureFilter::new(reason));
    }
    if rng.random_bool(0.1) {
        let prefix = *["a", "AN", "张", "%", "_", "ann@", "\\"]
            .choose(rng)
            .unwrap();
        filter = filter.with_user_name_prefix(prefix);
    }
    if rng.random_bool(0.1) {
        let prefix = random_name(rng).unwrap_or_default();
        let prefix: String = prefix.chars().take(2).collect();
        filter = filter.with_computer_name_prefix(&prefix);
    }
    if rng.random_bool(0.15) {
        let field = *AddressField::ALL.choose(rng).unwrap();
        let addresses = AddressFilter::new(NETWORKS.choose(rng).unwrap()).unwrap();
        filter = filter.with_address(field, addresses);
    }
    if rng.random_bool(0.1) {
        let field = *ExactField::ALL.choose(rng).unwrap();
        filter = filter.with_exact(field, ["0", "1", "t7"].choose(rng).unwrap());
    }
    if rng.random_bool(0.1) {
        filter = filter.with_is_reconnect(rng.random());
    }
    if rng.random_bool(0.1) {
        let [min, max] = [0, 1].map(|_| rng.random_bool(0.7).then(|| rng.random_range(0..9000)));
        filter = filter.with_duration(NumberRange::new(min, max).unwrap_or_default());
    }
    if rng.random_bool(0.1) {
        let [from, until] = [random_time(rng), random_time(rng)];
        filter = match ActiveTime::between(from, until).filter(|_| rng.random()) {
            Some(time) => filter.with_active_at(time),
            None => filter.with_active_at(from),
        };
    }
    filter
}

/// Networks of which some of the addresses are, and one address.
const NETWORKS: [&str; 8] = [
    "10.0.0.0/8",
    "198.51.100.0/24",
    "0.0.0.0/0",
    "198.51.100.7/32",
    "2001:db8::/32",
    "::/0",
    "::1/128",
    "198.51.100.7",
];
