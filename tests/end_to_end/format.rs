//! The formats of an export: how they are asked for, and what each is. That they hold the same rows is in `agreement.rs`.

use deskledger_domain::{Column, RecordFields};
use deskledger_tests::{Database, PROJECT, Service, TOKEN, on_both_databases};

use crate::reader::{BYTE_ORDER_MARK, csv_rows};
use crate::record::bare;

on_both_databases! {
    an_export_without_rows_is_whole_in_every_form
    an_answer_says_what_it_is
    text_that_looks_like_a_formula_is_guarded_in_csv_and_nowhere_else
}

fn an_export_without_rows_is_whole_in_every_form(database: &Database) {
    let service = Service::start(database);
    let csv = service.export("format=csv");
    assert_eq!(csv.status, 200);
    let text = std::str::from_utf8(&csv.body).unwrap();
    assert_eq!(text.matches('\n').count(), 1);
    assert!(text.ends_with("\r\n"));
    assert_eq!(csv_rows(&csv.body).0.len(), Column::ALL.len());
    let json = service.export("format=jsonl");
    assert_eq!((json.status, json.body.len()), (200, 0));
    assert_eq!(json.header("content-length"), Some("0"));
}

fn an_answer_says_what_it_is(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start(database);
    let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let (csv, json) = ("text/csv; charset=utf-8", "application/x-ndjson");
    for (query, accept, content_type, extension) in [
        ("format=xlsx", "*/*", xlsx, "xlsx"),
        ("format=csv", "*/*", csv, "csv"),
        ("format=jsonl", "*/*", json, "jsonl"),
        ("", "text/csv", csv, "csv"),
        ("", "application/x-ndjson", json, "jsonl"),
        // The query wins, and an empty value is an absent one.
        ("format=xlsx", "text/csv", xlsx, "xlsx"),
        ("format=", "text/csv", csv, "csv"),
        // The vendor's clients are never refused.
        ("", "application/json", xlsx, "xlsx"),
    ] {
        let headers = [("X-Auth-Token", TOKEN), ("Accept", accept)];
        let answer = service.get(&Service::export_path(query), &headers);
        assert_eq!(answer.status, 200, "{query} {accept}");
        assert_eq!(answer.header("content-type"), Some(content_type));
        assert_eq!(answer.header("vary"), Some("accept, accept-encoding"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));
        let disposition = answer.header("content-disposition").unwrap();
        let name = format!("filename=\"desktop-connections-20200501T080000Z.{extension}\"");
        assert!(disposition.contains(&name), "{disposition}");
        assert!(
            disposition.ends_with(&format!("Z.{extension}")),
            "{disposition}"
        );
    }
}

fn text_that_looks_like_a_formula_is_guarded_in_csv_and_nowhere_else(database: &Database) {
    let texts = [
        "=cmd|'/c calc'!A1",
        "+1+1",
        "-2",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "＝1",
        "'=1",
        "\",=1,\"",
        "plain",
    ];
    let records = texts.iter().enumerate().map(|(number, text)| RecordFields {
        user_name: Some((*text).to_owned()),
        ..bare(&format!("{number:02}"), "2020-04-13T02:00Z")
    });
    database.fill(PROJECT, records);
    let service = Service::start(database);

    let file = service.export("format=csv").body;
    let mut reader = csv::Reader::from_reader(&file[BYTE_ORDER_MARK.len()..]);
    let mut names: Vec<_> = reader
        .records()
        .map(|row| row.unwrap()[0].to_owned())
        .collect();
    names.reverse();
    let expected = texts.map(|text| {
        let is_safe = text.starts_with(['"', 'p']);
        format!("{}{text}", if is_safe { "" } else { "'" })
    });
    assert_eq!(names, expected);

    let file = service.export("format=jsonl").body;
    let lines = std::str::from_utf8(&file).unwrap().lines().rev();
    let names = lines.map(|line| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(record.as_object().unwrap().len(), RecordFields::ALL.len());
        assert!(record.get("tenantId").is_none());
        record["user_name"].as_str().unwrap().to_owned()
    });
    assert_eq!(names.collect::<Vec<_>>(), texts);
}
