//! Made-up connection records: 23 columns that repeat as such tables do in life.

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use deskledger_workbook::{Cell, Column, ColumnKind};

/// How many people there are, each with a desktop and a terminal of their own.
const USERS: u64 = 4_000;

/// A source of numbers without a pattern, the same every time (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn address(&mut self, net: &str) -> String {
        format!("{net}.{}.{}", self.below(256), self.below(254) + 1)
    }

    fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

/// One record.
pub(crate) struct Record {
    texts: [String; 14],
    started: NaiveDateTime,
    /// Set up and ended, if the connection came to be.
    times: Option<(NaiveDateTime, NaiveDateTime)>,
    reason: &'static str,
    reconnected: bool,
    latencies: [i64; 2],
}

impl Record {
    /// So many records, newest first.
    pub(crate) fn some(count: u64) -> Vec<Self> {
        let mut started = DateTime::UNIX_EPOCH.naive_utc() + TimeDelta::days(20_600);
        let mut numbers = Numbers(1);
        let mut make = |_| {
            started -= TimeDelta::seconds(i64::try_from(numbers.below(40)).unwrap_or(0));
            Self::new(&mut numbers, started)
        };
        (0..count).map(&mut make).collect()
    }

    fn new(numbers: &mut Numbers, started: NaiveDateTime) -> Self {
        let user = numbers.below(USERS);
        let seconds = |number: u64| TimeDelta::seconds(i64::try_from(number).unwrap_or(0));
        // What belongs to a user is the same in all records.
        let mut own = Numbers(user << 20);
        let failed = numbers.below(20) == 0;
        let setup = started + seconds(numbers.below(12) + 1);
        let kinds = ["Windows 10", "Windows 11", "macOS", "Android", "Linux"];
        let kind = usize::try_from(own.below(5)).unwrap_or(0);
        let reasons = [
            "400200:The desktop is being prepared.",
            "400310:The password is wrong.",
        ];
        let mac: Vec<_> = (0..6).map(|_| format!("{:02x}", own.below(256))).collect();
        let desktop_ip = own.address("172.16");
        Self {
            texts: [
                format!("user{user:04}@local.com"),
                format!("DESKTOP-{:07X}", own.below(1 << 28)),
                own.address("192.168"),
                kinds[kind].to_owned(),
                if failed { String::new() } else { desktop_ip },
                numbers.address("203.0"),
                mac.join("-"),
                format!("PC-{:05}", own.below(100_000)),
                format!("1.8.{:05}", 5 + own.below(4)),
                format!("1.8.{:05}.10546", 5 + own.below(3)),
                numbers.address("10.20"),
                own.uuid(),
                format!(
                    "S-1-5-21-{}-{}-1{user:04}",
                    own.below(1 << 31),
                    own.below(1 << 31)
                ),
                numbers.uuid(),
            ],
            started,
            times: (!failed).then(|| (setup, setup + seconds(numbers.below(30_000)))),
            reason: if failed {
                reasons[usize::from(numbers.below(2) == 0)]
            } else {
                ""
            },
            reconnected: numbers.below(8) == 0,
            latencies: [(); 2].map(|()| i64::try_from(numbers.below(120)).unwrap_or(0)),
        }
    }

    /// The cells, in the order of [`columns`].
    pub(crate) fn cells(&self) -> [Cell<'_>; 23] {
        let text = |at: usize| Cell::Text(&self.texts[at]);
        let times = self.times;
        [
            text(0),
            text(1),
            text(2),
            text(3),
            text(4),
            text(5),
            Cell::DateTime(self.started),
            times.map_or(Cell::Empty, |(setup, _)| Cell::DateTime(setup)),
            times.map_or(Cell::Empty, |(_, end)| Cell::DateTime(end)),
            times.map_or(Cell::Empty, |(setup, end)| Cell::Duration(end - setup)),
            Cell::Boolean(self.reconnected),
            Cell::Text(self.reason),
            Cell::Integer(self.latencies[0]),
            Cell::Integer(self.latencies[1]),
            text(6),
            text(7),
            text(8),
            text(9),
            text(10),
            text(11),
            text(12),
            text(13),
            Cell::Text("0"),
        ]
    }
}

/// The columns of a record.
pub(crate) fn columns() -> Vec<Column> {
    let text = || ColumnKind::Text;
    [
        ("Username", text()),
        ("Computer Name", text()),
        ("Terminal IP Address", text()),
        ("Terminal OS Type", text()),
        ("Desktop IP Address", text()),
        ("Client Egress IP Address", text()),
        ("Connection Started (UTC)", ColumnKind::DateTime),
        ("Connection Established (UTC)", ColumnKind::DateTime),
        ("Connection Ended (UTC)", ColumnKind::DateTime),
        ("Duration", ColumnKind::Duration),
        ("Reconnection", ColumnKind::boolean("Yes", "No")),
        ("Failure Cause", text()),
        ("Network Latency (ms)", ColumnKind::Integer),
        ("End-to-End Latency (ms)", ColumnKind::Integer),
        ("Terminal MAC Address", text()),
        ("Terminal Name", text()),
        ("AccessClient Version", text()),
        ("AccessAgent Version", text()),
        ("Client Source IP Address", text()),
        ("Desktop ID", text()),
        ("Desktop SID", text()),
        ("Transaction ID", text()),
        ("Enterprise Project ID", text()),
    ]
    .map(|(header, kind)| Column::new(header, kind))
    .to_vec()
}
