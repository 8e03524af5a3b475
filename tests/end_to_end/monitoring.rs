//! The alerts, the dashboard and the documents name the metrics that there are, and their labels.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use deskledger_tests::{Database, Service};
use serde_json::Value;

/// What Prometheus adds to each series.
const OF_PROMETHEUS: [&str; 2] = ["instance", "job"];

/// The names of series, with their labels. A family that has no series yet has none.
type Series = BTreeMap<String, BTreeSet<String>>;

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// What a service that answered some requests reports to Prometheus.
fn series() -> Series {
    let database = Database::sqlite();
    let service = Service::start(&database);
    assert_eq!(service.export("").status, 200);
    let line = br#"{"transaction_id":"a","connection_start_time":"2020-04-24T03:02:45Z"}"#;
    assert_eq!(service.record("application/x-ndjson", line).status, 200);
    // What is no HTTP has a metric of its own.
    assert_eq!(
        service.raw(b"GET / HTTP/1.1\r\nno header\r\n\r\n").status,
        400
    );
    let text = String::from_utf8(service.get("/metrics", &[]).body).unwrap();
    let mut series = Series::new();
    for line in text.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            let (name, kind) = family.split_once(' ').unwrap();
            let suffixes: &[&str] = match kind {
                "counter" => &["_total"],
                "histogram" => &["_bucket", "_count", "_sum"],
                "info" => &["_info"],
                _ => &[""],
            };
            for suffix in suffixes {
                series.entry(format!("{name}{suffix}")).or_default();
            }
        } else if !line.starts_with('#') {
            let end = line.find(['{', ' ']).unwrap();
            let labels = series.get_mut(&line[..end]).unwrap();
            if line[end..].starts_with('{') {
                labels.extend(labels_of(&line[end..=line.rfind('}').unwrap()]));
            }
        }
    }
    series
}

/// The names of labels in braces: each stands before an operator and a text in quotes.
fn labels_of(braces: &str) -> Vec<String> {
    let mut outside = String::new();
    let mut quoted = false;
    let mut escaped = false;
    for character in braces.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if !quoted => outside.push(character),
            _ => {}
        }
    }
    assert!(!quoted, "{braces}");
    outside
        .split(['{', '}', ','])
        .map(|label| label.trim_matches(['=', '!', '~', ' ']).to_owned())
        .filter(|label| !label.is_empty())
        .collect()
}

/// Every selector of an expression: the name of a series, and the labels in the braces behind it. Then the labels that it
/// groups by.
fn selectors(expression: &str) -> (Vec<(String, Vec<String>)>, Vec<String>) {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut found = Vec::new();
    let mut grouped = Vec::new();
    let mut rest = expression;
    while let Some(begin) = rest.find(|c: char| is_word(c) || c == '"' || c == '[') {
        rest = &rest[begin..];
        if let Some(text) = rest.strip_prefix(['"', '[']) {
            let close = if rest.starts_with('"') { '"' } else { ']' };
            rest = &text[text.find(close).unwrap() + 1..];
            continue;
        }
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        rest = behind;
        if word == "by" {
            let inside = behind.trim_start().strip_prefix('(').unwrap();
            let (labels, after) = inside.split_once(')').unwrap();
            grouped.extend(labels.split(',').map(|label| label.trim().to_owned()));
            rest = after;
        } else if word.contains('_') && !behind.starts_with('(') || word == "up" {
            let labels = if behind.starts_with('{') {
                let close = behind.find('}').unwrap();
                rest = &behind[close + 1..];
                labels_of(&behind[..=close])
            } else {
                Vec::new()
            };
            found.push((word.to_owned(), labels));
        }
    }
    (found, grouped)
}

#[track_caller]
fn check(series: &Series, expression: &str) {
    let (selectors, grouped) = selectors(expression);
    assert!(!selectors.is_empty(), "{expression}");
    let mut known: BTreeSet<&str> = OF_PROMETHEUS.into();
    let none = BTreeSet::new();
    for (name, labels) in &selectors {
        // Whether a target answers, which Prometheus itself says.
        let has = if name == "up" {
            &none
        } else {
            {
                assert!(
                    series.contains_key(name),
                    "there is no {name}: {expression}"
                );
                &series[name]
            }
        };
        for label in labels {
            let exists = has.contains(label) || OF_PROMETHEUS.contains(&label.as_str());
            assert!(exists, "{name} has no label {label}: {expression}");
        }
        known.extend(has.iter().map(String::as_str));
    }
    for label in grouped {
        assert!(known.contains(label.as_str()), "{label}: {expression}");
    }
}

#[test]
fn alerts_and_dashboard_name_what_there_is_and_documents_describe_all_of_it() {
    let series = series();

    let alerts = read("config/monitoring/alerts.yml");
    let lines = |key: &'static str| {
        let lines = alerts
            .lines()
            .filter_map(move |line| line.trim().strip_prefix(key));
        lines.map(str::trim).collect::<Vec<_>>()
    };
    let expressions = lines("expr:");
    let names = lines("- alert:");
    assert!(expressions.len() >= 15 && names.len() == expressions.len());
    assert_eq!(lines("summary:").len(), names.len());
    for expression in expressions {
        check(&series, expression);
    }

    let dashboard: Value = serde_json::from_str(&read("config/monitoring/dashboard.json")).unwrap();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            check(&series, target["expr"].as_str().unwrap());
        }
    }

    let operations = read("docs/OPERATIONS.md");
    for name in names {
        assert!(
            operations.contains(&format!("| `{name}` |")),
            "{name} is not described"
        );
    }
    let section = operations.split("\n## Metrics\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let described: BTreeSet<String> = section
        .lines()
        .filter(|line| line.starts_with("| `deskledger_") || line.starts_with("| `process_"))
        .flat_map(|line| {
            line.split('|')
                .nth(1)
                .unwrap()
                .split(',')
                .collect::<Vec<_>>()
        })
        .map(|name| name.trim().trim_matches('`').to_owned())
        .collect();
    let parts = ["_bucket", "_count", "_sum"];
    let exist: BTreeSet<String> = series
        .keys()
        .map(
            |name| match parts.iter().find_map(|part| name.strip_suffix(part)) {
                // Of a histogram its three parts are described together.
                Some(whole) if series.contains_key(&format!("{whole}_bucket")) => whole.to_owned(),
                _ => name.clone(),
            },
        )
        .collect();
    // A service that reads from no replica has nothing to say of one; `killed/replica.rs` reads these.
    let (of_replica, described): (BTreeSet<_>, BTreeSet<_>) = described
        .into_iter()
        .partition(|name| name.starts_with("deskledger_replica_"));
    assert_eq!(exist, described);
    assert_eq!(of_replica.len(), 3);
}

#[test]
fn a_wrong_name_or_label_would_be_found() {
    let (found, grouped) = selectors(
        r#"sum by (a, b) (rate(x_total{l=~"y,z",m!="n"}[5m])) / on() up == 0 or x_y > 1"#,
    );
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x_total", "up", "x_y"]);
    assert_eq!(found[0].1, ["l", "m"]);
    assert_eq!(grouped, ["a", "b"]);
}
