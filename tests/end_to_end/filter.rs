//! What a filter finds over HTTP is what a plain scan in memory finds.

use deskledger_domain::{
    ConnectionRecord, ConnectionState, ExportQuery, RecordFields, format_time,
};
use deskledger_tests::{
    Cell, Database, PROJECT, Service, TOKEN, on_both_databases, percent_encode, scope, sheets,
};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::reader::{csv_rows, json_rows};
use crate::record::{bare, realistic};
use crate::task::{download, ended, started};

on_both_databases! {
    a_hundred_random_filters_find_what_a_plain_scan_finds
    rows_come_newest_first_and_ties_by_identifier
    a_negative_latency_is_kept_as_it_was_sent_and_is_in_no_range
}

const RECORDS: u64 = 800;

fn a_hundred_random_filters_find_what_a_plain_scan_finds(database: &Database) {
    let mut records = database.fill(PROJECT, realistic(RECORDS));
    database.fill("another", realistic(RECORDS));
    records.sort_by_key(|record| {
        let fields = record.fields();
        (fields.connection_start_time, fields.transaction_id.clone())
    });
    records.reverse();

    let service = Service::start(database);
    let mut random = ChaCha8Rng::seed_from_u64(100);
    let mut found = 0;
    for _ in 0..100 {
        let pairs = random_pairs(&mut random, &records);
        let request = ExportQuery::from_pairs(pairs.iter().map(|(n, v)| (*n, v.as_str())))
            .unwrap()
            .into_request(scope(PROJECT))
            .unwrap();
        let expected: Vec<_> = records
            .iter()
            .filter(|record| request.filter.matches(record))
            .map(|record| record.fields().transaction_id.clone())
            .collect();

        let answer = service.export(&encode(&pairs));
        assert_eq!(answer.status, 200, "{pairs:?}");
        assert_eq!(
            sheets(&answer.body)[0].texts("Transaction ID"),
            expected,
            "{pairs:?}"
        );
        let listed = listed_ids(&service, &encode(&pairs));
        assert_eq!(listed, expected, "the list, {pairs:?}");
        let lines = service.export(&format!("{}&format=jsonl", encode(&pairs)));
        assert_eq!(
            ids(&json_rows(&lines.body)),
            expected,
            "JSON Lines, {pairs:?}"
        );
        let csv = service.export(&format!("{}&format=csv", encode(&pairs)));
        assert_eq!(
            csv_rows(&csv.body).1.len(),
            expected.len(),
            "CSV, {pairs:?}"
        );
        found += expected.len();
    }
    assert!(found > 100, "the filters found next to nothing");
}

fn listed_ids(service: &Service, query: &str) -> Vec<String> {
    let path = format!("{}?limit=1000&{query}", Service::record_path(PROJECT));
    let list = service.get(&path, &[("X-Auth-Token", TOKEN)]).json();
    let records = list["records"].as_array().unwrap();
    assert_eq!(list["total_count"], records.len(), "{query}");
    ids(records)
}

fn ids(records: &[Value]) -> Vec<String> {
    let id = |record: &Value| record["transaction_id"].as_str().unwrap().to_owned();
    records.iter().map(id).collect()
}

fn a_negative_latency_is_kept_as_it_was_sent_and_is_in_no_range(database: &Database) {
    let latencies = [
        ("a", Some(-1)),
        ("b", Some(0)),
        ("c", Some(100)),
        ("d", None),
    ];
    database.fill(
        PROJECT,
        latencies.map(|(id, latency)| RecordFields {
            network_rtt: latency,
            e2e_rtt: latency,
            ..bare(id, "2020-04-13T02:00Z")
        }),
    );
    let service = Service::start(database);
    let auth = [("X-Auth-Token", TOKEN)];
    let listed = |query: &str| {
        let path = format!("{}?{query}", Service::record_path(PROJECT));
        let list = service.get(&path, &auth).json();
        let records = list["records"].as_array().unwrap().clone();
        let ids: Vec<_> = records
            .iter()
            .map(|record| record["transaction_id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(list["total_count"], ids.len(), "{query}");
        ids.concat()
    };
    assert_eq!(listed(""), "dcba");
    assert_eq!(listed("max_network_rtt=100"), "cb");
    assert_eq!(listed("min_network_rtt=0"), "cb");
    assert_eq!(listed("max_network_rtt=0"), "b");

    let file = service.export("format=jsonl").body;
    assert_eq!(json_rows(&file)[3]["network_rtt"], -1);
    let sheet = &sheets(&service.export("").body)[0];
    let is_latency = |name: &String| name == "Network Latency (ms)";
    let column = sheet.header.iter().position(is_latency).unwrap();
    assert_eq!(sheet.rows[3][column], Cell::Number(-1.0));

    for range in ["max_network_rtt=100", "max_e2e_rtt=100", "min_e2e_rtt=0"] {
        let id = started(&service, &format!("format=jsonl&{range}"));
        ended(&service, &id);
        let found: Vec<_> = json_rows(&download(&service, &id, &[]).body)
            .iter()
            .map(|record| record["transaction_id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found.concat(), "cb", "{range}");
    }
    let id = started(&service, "summary=true&max_network_rtt=100");
    ended(&service, &id);
    let workbook = sheets(&download(&service, &id, &[]).body);
    assert_eq!(workbook[0].texts("Transaction ID"), ["c", "b"]);
    let conditions: Vec<_> = workbook[1]
        .rows
        .iter()
        .filter_map(|row| match &row[1] {
            Cell::Text(text) if text.starts_with("Network Latency") => Some(&**text),
            _ => None,
        })
        .collect();
    let ends = ["Network Latency (ms): ≥ 0", "Network Latency (ms): ≤ 100"];
    assert_eq!(conditions, ends);
}

/// Filters that find something: their values come from records, some spelled otherwise.
pub(crate) fn random_pairs(
    random: &mut ChaCha8Rng,
    records: &[ConnectionRecord],
) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    let some_record = |random: &mut ChaCha8Rng| records.choose(random).unwrap().fields().clone();
    if random.random_bool(0.6) {
        let mut bounds = [0; 2].map(|_| some_record(random).connection_start_time);
        bounds.sort_unstable();
        pairs.push(("start_time", format_time(bounds[0])));
        if bounds[0] < bounds[1] && random.random_bool(0.7) {
            pairs.push(("end_time", format_time(bounds[1])));
        }
    }
    let record = some_record(random);
    if random.random_bool(0.4) {
        pairs.push(("user_name", record.user_name.unwrap_or_default()));
    }
    if random.random_bool(0.3) {
        pairs.push(("computer_name", record.computer_name.unwrap_or_default()));
    }
    if random.random_bool(0.4) {
        pairs.push(("terminal_type", record.terminal_type.unwrap_or_default()));
    }
    let record = some_record(random);
    narrow_by_ours(random, record, &mut pairs);
    for (name, value) in &mut pairs {
        match random.random_range(0..4) {
            0 if name.ends_with("_name") || *name == "terminal_type" => {
                *value = value.to_uppercase();
            }
            1 if *name == "terminal_type" => *value = format!("  {value} "),
            _ => {}
        }
    }
    pairs
}

/// Adds, now and then, a filter that the vendor does not have and that finds a record.
fn narrow_by_ours(
    random: &mut ChaCha8Rng,
    record: RecordFields,
    pairs: &mut Vec<(&'static str, String)>,
) {
    let network = |address: Option<String>| {
        let address = address.filter(|address| address.parse::<std::net::IpAddr>().is_ok());
        let address = address.unwrap_or_else(|| "10.0.0.0".to_owned());
        if address.contains(':') {
            format!("{address}/64")
        } else {
            format!("{address}/20")
        }
    };
    let beginning = |name: Option<String>| name.unwrap_or_default().chars().take(3).collect();
    let ours = [
        (
            "state",
            ConnectionState::ALL
                .choose(random)
                .unwrap()
                .name()
                .to_owned(),
        ),
        (
            "failure_reason",
            record.connection_failure_reason.unwrap_or_default(),
        ),
        ("user_name_prefix", beginning(record.user_name)),
        ("computer_name_prefix", beginning(record.computer_name)),
        ("terminal_ip", network(record.terminal_ip)),
        (
            "public_ip",
            record.public_ip.unwrap_or_default().replace('/', ""),
        ),
        ("desktop_id", record.desktop_id.unwrap_or_default()),
        ("transaction_id", record.transaction_id),
        ("is_reconnect", random.random::<bool>().to_string()),
        ("min_duration", random.random_range(0..7200).to_string()),
        (
            "max_duration",
            random.random_range(7200..90_000).to_string(),
        ),
        ("min_e2e_rtt", random.random_range(0..50).to_string()),
        (
            "active_at",
            record
                .connection_setup_time
                .map(format_time)
                .unwrap_or_default(),
        ),
    ];
    for pair in ours {
        if random.random_bool(0.03) {
            pairs.push(pair);
        }
    }
}

/// The pairs as they stand in a URL.
pub(crate) fn encode(pairs: &[(&str, String)]) -> String {
    let encoded = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", percent_encode(value)));
    encoded.collect::<Vec<_>>().join("&")
}

fn rows_come_newest_first_and_ties_by_identifier(database: &Database) {
    let start = "2020-04-24T03:02:47Z";
    let mut records = vec![
        bare("older", "2020-04-24T03:02:46.999999Z"),
        bare("newer", "2020-04-24T03:02:47.000001Z"),
    ];
    records.extend(["a", "B", "b", "é", "10", "9", "_"].map(|id| bare(id, start)));
    database.fill(PROJECT, records);

    let answer = Service::start(database).export("");
    let identifiers = sheets(&answer.body)[0].texts("Transaction ID");
    assert_eq!(
        identifiers,
        ["newer", "é", "b", "a", "_", "B", "9", "10", "older"]
    );
}
