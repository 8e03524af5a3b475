//! Records for the tests.

use chrono::{DateTime, TimeDelta, Utc};
use deskledger_domain::{MAX_TEXT_CHARS, RecordFields, parse_time};
use deskledger_generator::{Generator, GeneratorSettings};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A time, as the wire writes it.
pub(crate) fn time(text: &str) -> DateTime<Utc> {
    parse_time(text).unwrap()
}

/// A record of which nothing is known but its identifier and its start.
pub(crate) fn bare(id: &str, start: &str) -> RecordFields {
    RecordFields::new(id, time(start))
}

/// Realistic records of April 2020.
pub(crate) fn realistic(records: u64) -> Generator {
    Generator::new(GeneratorSettings {
        records,
        seed: 7,
        until: time("2020-05-01T00:00Z"),
        days: 30,
    })
}

/// Records whose workbook has about three kilobytes for each, however it is compressed.
pub(crate) fn bulky(records: u32) -> impl Iterator<Item = RecordFields> {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let start = time("2020-04-24T03:02:47Z");
    (0..records).map(move |number| {
        let mut text = || {
            let mut bytes = [0; MAX_TEXT_CHARS];
            random.fill_bytes(&mut bytes);
            // 64 characters, from `0` on: no two texts have anything in common.
            Some(
                bytes
                    .iter()
                    .map(|byte| char::from(b'0' + byte % 64))
                    .collect(),
            )
        };
        RecordFields {
            sid: text(),
            computer_name: text(),
            user_name: text(),
            terminal_mac: text(),
            terminal_name: text(),
            terminal_ip: text(),
            client_version: text(),
            terminal_type: text(),
            agent_version: text(),
            desktop_ip: text(),
            connection_failure_reason: text(),
            source_ip: text(),
            public_ip: text(),
            enterprise_project_id: text(),
            desktop_id: text(),
            ..RecordFields::new(
                number.to_string(),
                start + TimeDelta::seconds(number.into()),
            )
        }
    })
}
