use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, FixedOffset, TimeDelta, Timelike};
use deskledger_domain::{ConnectionRecord, ProjectId, RecordFields};

use super::*;

fn generate(records: u64) -> Vec<RecordFields> {
    Generator::new(GeneratorSettings::new(records, 1)).collect()
}

/// How many of a thousand records are so.
fn per_mille(records: &[RecordFields], is_so: impl Fn(&RecordFields) -> bool) -> usize {
    records.iter().filter(|record| is_so(record)).count() * 1000 / records.len()
}

fn has_failed(record: &RecordFields) -> bool {
    record.connection_failure_reason.is_some()
}

fn is_open(record: &RecordFields) -> bool {
    record.connection_setup_time.is_some() && record.connection_end_time.is_none()
}

/// 64-bit FNV-1a: a change of one byte shows.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What users generated with one version they can generate with the next. `seed_1.txt` holds the first three lines and the
/// fingerprint of ten thousand. Where a change is meant, say so in the CHANGELOG and take over what the failure shows.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "an environment variable renews the file"
)]
fn the_same_seed_gives_the_same_bytes_on_every_machine() {
    let mut bytes = Vec::new();
    write_ndjson(
        Generator::new(GeneratorSettings::new(10_000, 1)),
        &mut bytes,
    )
    .unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let first: String = text.split_inclusive('\n').take(3).collect();
    let now = format!("{first}{:016x}\n", fingerprint(text.as_bytes()));
    if std::env::var_os("DESKLEDGER_BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/seed_1.txt"), &now).unwrap();
    }
    assert_eq!(
        now,
        include_str!("seed_1.txt"),
        "take it over by DESKLEDGER_BLESS=1"
    );
}

#[test]
fn another_seed_gives_other_people_and_other_times() {
    let one: BTreeSet<_> = generate(1000).into_iter().map(|r| r.user_name).collect();
    let records: Vec<_> = Generator::new(GeneratorSettings::new(1000, 2)).collect();
    let other: BTreeSet<_> = records.iter().map(|r| r.user_name.clone()).collect();
    assert!(one.intersection(&other).count() < one.len() / 2);
    let times = |records: &[RecordFields]| -> Vec<_> {
        records.iter().map(|r| r.connection_start_time).collect()
    };
    assert_ne!(times(&generate(1000)), times(&records));
}

#[test]
fn every_record_is_valid_and_has_an_identity_of_its_own() {
    let project = ProjectId::new("p1").unwrap();
    let mut identities = BTreeSet::new();
    for fields in generate(50_000) {
        assert!(
            identities.insert(fields.transaction_id.clone()),
            "{fields:?}"
        );
        assert!(
            ConnectionRecord::new(project.clone(), fields.clone()).is_ok(),
            "{fields:?}"
        );
    }
    assert_eq!(identities.len(), 50_000);
}

#[test]
fn records_start_in_order_within_the_days_that_were_asked_for() {
    let settings = GeneratorSettings {
        days: 7,
        until: DEFAULT_UNTIL + TimeDelta::minutes(17),
        ..GeneratorSettings::new(20_000, 3)
    };
    let records: Vec<_> = Generator::new(settings).collect();
    assert!(records.is_sorted_by_key(|record| record.connection_start_time));
    let (first, last) = (&records[0], &records[records.len() - 1]);
    assert!(first.connection_start_time >= settings.until - TimeDelta::days(7));
    assert!(first.connection_start_time < settings.until - TimeDelta::days(6));
    assert!(last.connection_start_time < settings.until);
    assert!(last.connection_start_time > settings.until - TimeDelta::days(1));
}

#[test]
fn a_number_of_days_outside_the_bounds_is_taken_as_the_nearer_bound() {
    let of_days = |days| {
        let settings = GeneratorSettings {
            days,
            ..GeneratorSettings::new(50, 1)
        };
        Generator::new(settings).collect::<Vec<_>>()
    };
    assert_eq!(of_days(0), of_days(1));
    assert_eq!(of_days(u32::MAX), of_days(GeneratorSettings::MAX_DAYS));
    assert_eq!(generate(0), []);
}

#[test]
fn people_work_by_day_and_in_the_week_and_go_to_lunch() {
    let shanghai = FixedOffset::east_opt(8 * 3600).unwrap();
    // Twelve weeks, so that each day of the week is there as often.
    let settings = GeneratorSettings {
        days: 84,
        ..GeneratorSettings::new(40_000, 1)
    };
    let mut by_hour = [0_u32; 24];
    let mut by_day = [0_u32; 7];
    for record in Generator::new(settings) {
        let time = record.connection_start_time.with_timezone(&shanghai);
        by_hour[time.hour() as usize] += 1;
        by_day[time.weekday().num_days_from_monday() as usize] += 1;
    }
    let night: u32 = by_hour[..6].iter().sum();
    let morning: u32 = by_hour[8..12].iter().sum();
    assert!(morning > 20 * night, "{by_hour:?}");
    assert!(by_hour[9] > 4 * by_hour[12] && by_hour[14] > 4 * by_hour[12]);
    assert!(by_hour.iter().all(|count| *count > 0), "{by_hour:?}");
    let (fewest, most) = (by_day[..5].iter().min(), by_day[5..].iter().max());
    assert!(*fewest.unwrap() > 5 * most.unwrap(), "{by_day:?}");
}

#[test]
fn some_connections_fail_and_some_are_taken_up_again_and_some_stay_open() {
    let records = generate(40_000);
    let failed = per_mille(&records, has_failed);
    assert!((25..=35).contains(&failed), "{failed}");
    let reconnected = per_mille(&records, |record| record.is_reconnect == Some(true));
    assert!((70..=86).contains(&reconnected), "{reconnected}");

    let day_before = DEFAULT_UNTIL - TimeDelta::days(1);
    let (recent, old): (Vec<_>, Vec<_>) = records
        .into_iter()
        .partition(|record| record.connection_start_time >= day_before);
    assert!((1..=3).contains(&per_mille(&old, is_open)));
    let open = per_mille(&recent, is_open);
    assert!((20..=100).contains(&open), "{open}");
}

#[test]
fn what_is_unknown_of_a_failure_is_missing() {
    let records = generate(50_000);
    let (failed, others): (Vec<_>, Vec<_>) = records.into_iter().partition(has_failed);
    for record in &failed {
        assert_eq!(record.desktop_ip, None);
        assert_eq!(record.connection_setup_time, None);
        assert_eq!(record.connection_end_time, None);
        assert_eq!((record.network_rtt, record.e2e_rtt), (None, None));
    }
    let reasons: BTreeSet<_> = failed
        .iter()
        .filter_map(|record| record.connection_failure_reason.as_deref())
        .collect();
    assert!(reasons.contains("400200:The desktop is being prepared."));
    assert!(reasons.iter().any(|reason| !reason.is_ascii()));
    assert!(reasons.len() >= 10, "{reasons:?}");
    assert!(failed.iter().any(|record| record.computer_name.is_none()));

    for record in &others {
        assert!(record.desktop_ip.is_some() && record.agent_version.is_some());
        let (network, end_to_end) = (record.network_rtt.unwrap(), record.e2e_rtt.unwrap());
        assert!(0 < network && network < end_to_end, "{record:?}");
        let Some(setup) = record.connection_setup_time else {
            let delay = DEFAULT_UNTIL - record.connection_start_time;
            assert!(delay <= TimeDelta::minutes(3), "{record:?}");
            continue;
        };
        assert!(record.connection_start_time < setup && setup < DEFAULT_UNTIL);
        if let Some(end) = record.connection_end_time {
            let duration = end - setup;
            assert!(end < DEFAULT_UNTIL, "{record:?}");
            assert!(duration >= TimeDelta::minutes(2) && duration <= TimeDelta::hours(10));
        }
    }
    let slow = per_mille(&others, |record| record.network_rtt > Some(200));
    assert!((5..=50).contains(&slow), "{slow}");
}

#[test]
fn a_user_has_one_desktop_and_a_desktop_one_user() {
    let mut users = BTreeMap::<_, BTreeSet<_>>::new();
    for record in generate(50_000) {
        if let Some(desktop) = record.desktop_id {
            let user = record.user_name.unwrap().to_ascii_lowercase();
            let seat = (user, record.computer_name, record.sid);
            users.entry(desktop).or_default().insert(seat);
        }
    }
    // 50,000 records are of 2,500 users, nearly all of whom came.
    assert!((2_400..=2_500).contains(&users.len()), "{}", users.len());
    assert!(users.values().all(|seats| seats.len() == 1));
}

#[test]
fn names_look_like_those_of_real_people_and_machines() {
    let records = generate(50_000);
    let share_of = |is_so: &dyn Fn(&str, &RecordFields) -> bool| {
        per_mille(&records, |record| {
            record
                .user_name
                .as_deref()
                .is_some_and(|name| is_so(name, record))
        })
    };
    assert!(share_of(&|name, _| !name.is_ascii()) > 100);
    assert!(share_of(&|name, _| name.ends_with("@corp.local")) > 300);
    let kind = |wanted: &str| {
        per_mille(&records, |record| {
            record.terminal_type.as_deref() == Some(wanted)
        })
    };
    for (wanted, at_least) in [
        ("Windows 10 ", 300),
        ("Windows 11", 150),
        ("Linux", 50),
        ("macOS", 50),
        ("Android", 2),
        ("iOS", 2),
    ] {
        assert!(kind(wanted) >= at_least, "{wanted}: {}", kind(wanted));
    }
    for record in &records {
        let mac = record.terminal_mac.as_deref().unwrap();
        assert!(
            mac.len() == 17
                && mac
                    .split('-')
                    .all(|byte| byte.len() == 2 && u8::from_str_radix(byte, 16).is_ok()),
            "{mac}"
        );
        for ip in [
            &record.terminal_ip,
            &record.source_ip,
            &record.public_ip,
            &record.desktop_ip,
        ]
        .into_iter()
        .flatten()
        {
            assert!(ip.parse::<std::net::IpAddr>().is_ok(), "{ip}");
        }
    }
}

#[test]
fn new_versions_roll_out_over_time() {
    let records = generate(50_000);
    let share_of = |records: &[RecordFields], version: &str| {
        per_mille(records, |record| {
            record.client_version.as_deref() == Some(version)
        })
    };
    let (early, late) = (&records[..5_000], &records[45_000..]);
    assert_eq!(share_of(early, "1.8.00005"), 1000);
    assert!((20..80).contains(&share_of(late, "1.8.00005")));
    assert!(share_of(late, "1.9.00002") > 300);
    assert!(share_of(late, "1.9.10001") > 100);
    assert!(
        late.iter()
            .any(|record| record.agent_version.as_deref() == Some("1.9.10001.10822"))
    );
}

#[test]
fn there_are_thousands_of_users_where_there_are_many_records() {
    assert_eq!(Directory::new(100, &mut Draw::new(1, 0)).len(), 200);
    assert_eq!(Directory::new(60_000, &mut Draw::new(1, 0)).len(), 3_000);
    assert_eq!(Directory::new(u64::MAX, &mut Draw::new(1, 0)).len(), 20_000);
}
