//! Pages of the list of records.

use deskledger_settings::AuditedLists;

use super::*;

on_both_databases! {
    who_pages_past_a_thousand_records_is_audited_once
    each_page_is_audited_where_the_settings_say_so
    who_asks_for_a_thousand_records_one_by_one_is_audited_once
}

const RECORDS: u32 = 2_500;

fn fill(database: &Database) {
    let record = |number| bare(&format!("{number:04}"), "2020-04-13T02:00Z");
    database.fill(PROJECT, (0..RECORDS).map(record));
}

/// A page, and the marker of the next one.
fn page(service: &Service, query: &str) -> (usize, Option<String>) {
    let path = format!("/v2/{PROJECT}/connections/desktops?{query}");
    let answer = service.get(&path, &[("X-Auth-Token", TOKEN)]);
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 200, "{query}: {text}");
    let list: Value = serde_json::from_str(&text).unwrap();
    let next = list["next_marker"].as_str().map(str::to_owned);
    (list["records"].as_array().unwrap().len(), next)
}

/// Reads so many pages of a filter, the first of them included.
fn read(service: &Service, filter: &str, limit: u32, pages: usize) {
    let (_, mut next) = page(service, &format!("{filter}&limit={limit}"));
    for _ in 1..pages {
        let marker = next.unwrap();
        next = page(service, &format!("limit={limit}&marker={marker}&{filter}")).1;
    }
}

fn who_pages_past_a_thousand_records_is_audited_once(database: &Database) {
    fill(database);
    let service = start(database, |_| {});
    // Neither a thousand records, nor the first page again and again, nor other filters, are a sweep.
    read(&service, "", 100, 10);
    for _ in 0..5 {
        read(&service, "end_time=&start_time=2020-03-01T00:00Z", 1000, 1);
        read(&service, "start_time=2020-04-01T00:00Z", 1000, 1);
    }
    assert!(audits(&service).is_empty());
    let filter = "start_time=2020-04-01T00:00Z&end_time=2020-05-01T00:00Z";
    read(&service, filter, 1000, 2);
    let running = audits(&service);
    assert_eq!(running.len(), 1);
    assert_eq!(running[0]["outcome"], "running");
    assert_eq!(running[0]["via"], "list");
    // The last page ends it.
    let (_, next) = page(&service, &format!("{filter}&limit=1000"));
    let (_, next) = page(
        &service,
        &format!("{filter}&limit=1000&marker={}", next.unwrap()),
    );
    let (records, next) = page(
        &service,
        &format!("{filter}&limit=1000&marker={}", next.unwrap()),
    );
    assert_eq!((records, next), (500, None));
    let audit = ended(&service, 1).remove(0);
    assert_eq!(audit["outcome"], "done", "{audit}");
    assert_eq!(audit["requests"], 5);
    assert_eq!(audit["rows"], 1000 + 1000 + 1000 + 500);
    assert!(audit["bytes"].as_u64().unwrap() > 100_000);
    assert_eq!(audit["filter"]["start_time"], "2020-04-01T00:00Z");
    assert_eq!(
        (&audit["format"], &audit["language"]),
        (&Value::Null, &Value::Null)
    );
    // Another one, which the stop of the process ends.
    read(
        &service,
        "end_time=&terminal_type=&start_time=2020-04-02T00:00Z",
        1000,
        2,
    );
    drop(service);
    let audits = audits(&start(database, |_| {}));
    let outcomes: Vec<_> = audits.iter().map(|audit| &audit["outcome"]).collect();
    assert_eq!(outcomes, ["done", "done"]);
}

fn each_page_is_audited_where_the_settings_say_so(database: &Database) {
    fill(database);
    let service = start(database, |settings| {
        settings.audit.lists = AuditedLists::All;
    });
    let (records, _) = page(&service, "limit=7");
    assert_eq!(records, 7);
    let (records, _) = page(&service, "user_name=nobody");
    assert_eq!(records, 0);
    let mut rows: Vec<_> = ended(&service, 2)
        .iter()
        .map(|audit| {
            assert_eq!(
                (&audit["via"], &audit["outcome"]),
                (&json!("list"), &json!("done"))
            );
            audit["rows"].as_u64().unwrap()
        })
        .collect();
    rows.sort_unstable();
    assert_eq!(rows, [0, 7]);
    drop(service);
    let service = start(database, |settings| {
        settings.audit.lists = AuditedLists::Off;
    });
    read(&service, "", 1000, 3);
    assert_eq!(audits(&service).len(), 2);
}

fn one(service: &Service, id: u32) {
    let path = format!("/v2/{PROJECT}/connections/desktops/{id:04}");
    let answer = service.get(&path, &[("X-Auth-Token", TOKEN)]);
    assert_eq!(answer.status, 200, "{id}");
}

fn who_asks_for_a_thousand_records_one_by_one_is_audited_once(database: &Database) {
    fill(database);
    let service = start(database, |_| {});
    (0..1000).for_each(|id| one(&service, id));
    assert!(audits(&service).is_empty());
    one(&service, 1000);
    let running = audits(&service);
    assert_eq!(running.len(), 1);
    assert_eq!(
        (&running[0]["outcome"], &running[0]["via"]),
        (&json!("running"), &json!("list"))
    );
    one(&service, 1001);
    drop(service);
    let service = start(database, |settings| {
        settings.audit.lists = AuditedLists::All;
    });
    let ended_before = ended(&service, 1).remove(0);
    assert_eq!(
        (&ended_before["rows"], &ended_before["requests"]),
        (&json!(1002), &json!(1002))
    );
    one(&service, 7);
    let audits = ended(&service, 2);
    let single = audits.iter().find(|audit| audit["rows"] == 1).unwrap();
    assert_eq!(single["filter"]["transaction_id"], "0007", "{single}");
}
