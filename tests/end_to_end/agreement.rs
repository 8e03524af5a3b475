//! A list and an export of the same filter hold the same rows in the same order, in whatever form and whatever the
//! records hold.

use chrono_tz::Tz;
use deskledger_domain::{ConnectionRecord, ExportFormat, Language, ListQuery, RecordFields};
use deskledger_tests::{Database, PROJECT, Service, on_both_databases, scope, sheets};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::filter::{encode, random_pairs};
use crate::list::list;
use crate::reader::{self, csv_rows, json_rows};
use crate::record::realistic;

on_both_databases! {
    two_hundred_random_filters_find_the_same_rows_in_the_list_and_in_every_form_of_an_export
    what_only_the_list_can_filter_by_finds_what_a_plain_scan_finds
}

const RECORDS: u64 = 80;
const ZONES: [Tz; 3] = [Tz::UTC, Tz::Asia__Kathmandu, Tz::America__New_York];

/// Texts that one form or another could spoil.
const TEXTS: [&str; 38] = [
    "",
    " ",
    " a ",
    "\t",
    "a,b;c",
    "\"",
    "\"quoted\", \"\"twice\"\"",
    "'",
    "'=1",
    "two\nlines",
    "two\r\nlines\r",
    "\n",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1",
    "\",=1,\"",
    "_x000D_",
    "_x0041_\r",
    "\u{1}\u{1b}\u{1f}\u{7f}",
    "\u{fffe}\u{ffff}",
    "\u{feff}mark",
    "\u{85}\u{2028}\u{2029}",
    "مرحبا\u{200f} (abc) ١٢٣",
    "\u{202e}sdrawkcab",
    "👩\u{200d}👩\u{200d}👧 e\u{301}",
    "İıſßẞ",
    "%",
    "_",
    "\\u0041 \\N \\",
    "<a href='x'>&amp;</a>]]>",
    "NULL",
    "TRUE",
    "1e5",
    "2020-04-13",
    "王@企业.公司",
    "a@B@50%_\\.Com",
];

/// Realistic records, half of them with such texts.
fn records() -> Vec<RecordFields> {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut records: Vec<_> = realistic(RECORDS).collect();
    for fields in &mut records {
        if random.random_bool(0.5) {
            continue;
        }
        let id = TEXTS.choose(&mut random).unwrap();
        fields.transaction_id.push_str(id);
        for field in texts_mut(fields) {
            if random.random_bool(0.5) {
                *field = TEXTS.choose(&mut random).map(ToString::to_string);
            }
        }
    }
    records
}

fn texts_mut(fields: &mut RecordFields) -> [&mut Option<String>; 15] {
    [
        &mut fields.sid,
        &mut fields.computer_name,
        &mut fields.user_name,
        &mut fields.terminal_mac,
        &mut fields.terminal_name,
        &mut fields.terminal_ip,
        &mut fields.client_version,
        &mut fields.terminal_type,
        &mut fields.agent_version,
        &mut fields.desktop_ip,
        &mut fields.connection_failure_reason,
        &mut fields.source_ip,
        &mut fields.public_ip,
        &mut fields.enterprise_project_id,
        &mut fields.desktop_id,
    ]
}

/// Fills the database. Returns the records of [`PROJECT`] in the order in which they are handed out.
fn fill(database: &Database) -> Vec<ConnectionRecord> {
    database.fill("another", realistic(RECORDS));
    let mut records = database.fill(PROJECT, records());
    records.sort_by_key(|record| {
        let fields = record.fields();
        (fields.connection_start_time, fields.transaction_id.clone())
    });
    records.reverse();
    records
}

/// The records of all pages, each of which begins by an offset.
fn by_offsets(service: &Service, query: &str, limit: usize) -> Vec<Value> {
    let mut found = Vec::new();
    loop {
        let page = list(
            service,
            &format!("{query}&limit={limit}&offset={}", found.len()),
        );
        let total = usize::try_from(page["total_count"].as_u64().unwrap()).unwrap();
        let more = page["records"].as_array().unwrap();
        assert_eq!(more.len(), limit.min(total - found.len()), "{query}");
        found.extend_from_slice(more);
        let goes_on = page.get("next_marker").is_some();
        assert_eq!(goes_on, found.len() < total, "{query}");
        if !goes_on {
            return found;
        }
    }
}

/// The records of all pages, each of which but the first begins by a marker.
fn by_markers(service: &Service, query: &str, limit: usize) -> Vec<Value> {
    let mut page = list(service, &format!("{query}&limit={limit}"));
    let mut found = Vec::new();
    loop {
        found.extend_from_slice(page["records"].as_array().unwrap());
        let Some(marker) = page.get("next_marker") else {
            return found;
        };
        let marker = marker.as_str().unwrap();
        page = list(service, &format!("{query}&limit={limit}&marker={marker}"));
        assert_eq!(page.get("total_count"), None);
    }
}

fn two_hundred_random_filters_find_the_same_rows_in_the_list_and_in_every_form_of_an_export(
    database: &Database,
) {
    let records = fill(database);
    let service = Service::start(database);
    let mut random = ChaCha8Rng::seed_from_u64(200);
    let (mut found, mut several) = (0, 0);
    for _ in 0..200 {
        let query = encode(&random_pairs(&mut random, &records));
        let language = *Language::ALL.choose(&mut random).unwrap();
        let time_zone = *ZONES.choose(&mut random).unwrap();
        let export = |format: ExportFormat| {
            let answer = service.export(&format!(
                "{query}&format={format}&language={language}&time_zone={time_zone}"
            ));
            assert_eq!(answer.status, 200, "{query}");
            answer.body
        };
        let rows = json_rows(&export(ExportFormat::JsonLines));
        let limit = 1 + rows.len() / random.random_range(1..4);
        assert_eq!(by_offsets(&service, &query, limit), rows, "{query}");
        assert_eq!(by_markers(&service, &query, limit), rows, "{query}");

        let sheet = sheets(&export(ExportFormat::Xlsx)).remove(0);
        assert_eq!(csv_rows(&export(ExportFormat::Csv)).0, sheet.header);
        for format in ExportFormat::ALL {
            let rows = reader::rows(format, &export(format), language, time_zone);
            assert_eq!(rows, sheet.rows, "{query} {format}");
        }
        found += rows.len();
        several += usize::from(rows.len() > limit);
    }
    assert!(found > 400, "the filters found next to nothing: {found}");
    assert!(several > 30, "only {several} of the filters had two pages");
}

fn what_only_the_list_can_filter_by_finds_what_a_plain_scan_finds(database: &Database) {
    let records = fill(database);
    let service = Service::start(database);
    let mut random = ChaCha8Rng::seed_from_u64(51);
    let mut found = 0;
    for _ in 0..100 {
        let mut pairs = random_pairs(&mut random, &records);
        // With all of them, next to nothing would be found.
        pairs.truncate(random.random_range(0..2));
        pairs.extend(random_pairs_of_lists(&mut random, &records));
        let request = ListQuery::from_pairs(pairs.iter().map(|(n, v)| (*n, v.as_str())))
            .unwrap()
            .into_request(scope(PROJECT), |_, _| None)
            .unwrap();
        let expected: Vec<_> = records
            .iter()
            .filter(|record| request.filter.matches(record))
            .map(|record| record.fields().transaction_id.as_str())
            .collect();
        let query = encode(&pairs);
        let limit = 1 + expected.len() / random.random_range(1..4);
        for rows in [
            by_offsets(&service, &query, limit),
            by_markers(&service, &query, limit),
        ] {
            let ids: Vec<_> = rows.iter().map(|row| &row["transaction_id"]).collect();
            assert_eq!(ids, expected, "{pairs:?}");
        }
        found += usize::from(!expected.is_empty());
    }
    assert!(found > 50, "only {found} of the filters found anything");
}

/// Filters that only lists know, with values of records.
fn random_pairs_of_lists(
    random: &mut ChaCha8Rng,
    records: &[ConnectionRecord],
) -> Vec<(&'static str, String)> {
    let fields = records.choose(random).unwrap().fields();
    let mut pairs = Vec::new();
    if let Some((_, domain)) = fields
        .user_name
        .as_deref()
        .and_then(|name| name.rsplit_once('@'))
        && random.random_bool(0.5)
    {
        pairs.push(("domain", domain.to_uppercase()));
    }
    for (name, value) in [
        ("public_ip", &fields.public_ip),
        ("enterprise_project_id", &fields.enterprise_project_id),
    ] {
        if let Some(value) = value
            && random.random_bool(0.3)
        {
            pairs.push((name, value.clone()));
        }
    }
    if let Some(rtt) = fields.network_rtt {
        for (name, bound) in [("min_network_rtt", rtt - 5), ("max_network_rtt", rtt + 5)] {
            if random.random_bool(0.3) {
                pairs.push((name, bound.max(0).to_string()));
            }
        }
    }
    pairs
}
