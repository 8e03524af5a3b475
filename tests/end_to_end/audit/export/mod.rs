//! The export of audits over HTTP: the audits of the list, in each format of the records.

mod answer;
mod kinds;
mod transfer;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use deskledger_domain::{
    AuditAction, AuditColumn, AuditFields, AuditId, AuditOutcome, AuditVia, AuditedQuery,
    CredentialKind, ExportAudit, ExportEnding, ExportFormat, ExportOutcome, ExportProgress,
    Language, ProjectId, TaskId,
};
use deskledger_store::{AuditEvent, StoreSettings};
use deskledger_tests::{Answer, Cell, part, sheets};

use super::*;
use crate::reader::{csv_rows_of, json_rows};
use crate::record::time;
use crate::refusal::assert_code;

on_both_databases! {
    every_format_of_the_audits_holds_what_their_list_holds
    the_filters_of_the_list_hold_for_the_export_of_audits
}

/// Names that a program could take for formulas.
const HOSTILE: [&str; 4] = [
    "=1+1",
    "a;=HYPERLINK(\"http://x\")",
    "@SUM(A1)\t=1",
    "-1\r\n+1",
];

/// The path of an export, without the audits of the exports of a test itself, which come later.
fn path(query: &str) -> String {
    let query = bounded(query);
    format!("/v2/{PROJECT}/connections/export-audits/export?{query}")
}

/// A query that has a time.
fn bounded(query: &str) -> String {
    let start = if query.contains("start_time=") {
        ""
    } else {
        "&start_time=2020-04-01T00:00Z"
    };
    if query.contains("end_time=") {
        return query.to_owned();
    }
    format!("{query}{start}&end_time=2020-04-30T00:00Z")
}

fn export(service: &Service, query: &str) -> Answer {
    let answer = service.get(&path(query), &[("X-Auth-Token", &secret("auditor"))]);
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 200, "{query}: {text}");
    answer
}

fn fields(id: &str, started_at: DateTime<Utc>) -> AuditFields {
    AuditFields {
        id: AuditId::new(id).unwrap(),
        via: AuditVia::Export,
        action: AuditAction::Read,
        task_ids: Vec::new(),
        project_id: ProjectId::new(PROJECT).unwrap(),
        requested_project_id: None,
        user: "ann".to_owned(),
        credential: CredentialKind::Token,
        peer_address: None,
        forwarded_for: None,
        request_id: "r".to_owned(),
        query: AuditedQuery::of_pairs::<&str, &str>([], ExportFormat::default()),
        started_at,
    }
}

fn append(database: &Database, instance: i64, events: &[AuditEvent]) {
    let audits = deskledger_store::Database::open(&StoreSettings::new(database.url()))
        .unwrap()
        .audits();
    audits.log(instance).append(events).unwrap();
}

fn started(fields: AuditFields) -> AuditEvent {
    AuditEvent::Started(Box::new(ExportAudit::new(fields).unwrap()))
}

fn ended_by(id: &str, outcome: ExportOutcome) -> AuditEvent {
    let progress = ExportProgress {
        rows: 17,
        bytes: 5_000_000_000,
        duration: Duration::from_millis(93_784_567),
    };
    let ended_at = time("2020-04-14T03:02:47.250Z");
    let ending = ExportEnding::new(ended_at, outcome, progress).with_requests(5);
    AuditEvent::Ended(AuditId::new(id).unwrap(), ending)
}

/// An audit of each kind, with whatever somebody may have typed. A service that starts later finds none that runs.
fn fill_kinds(database: &Database) {
    let at = |minute: i64| time("2020-04-13T02:00:00.001Z") + TimeDelta::minutes(minute);
    let asked = [
        ("start_time", "2020-04-01T00:00+08:00"),
        ("user_name", "張三&a=b+c %41#d=e"),
        ("domain", "=local.com"),
        ("language", "zh_CN"),
        ("summary", "true"),
    ];
    let refused = ExportOutcome::Refused {
        error_code: "WKS.00001400".to_owned(),
        reason: "=unknown parameter \"usr_name\"".to_owned(),
    };
    let failed = ExportOutcome::Failed {
        reason: "the database, of all things".to_owned(),
    };
    let with_user = |fields: AuditFields, user: &str| AuditFields {
        user: user.to_owned(),
        ..fields
    };
    append(
        database,
        1,
        &[
            started(fields("running", at(0))),
            started(AuditFields {
                query: AuditedQuery::of_pairs(asked, ExportFormat::Csv),
                peer_address: Some("[2001:db8::7]:51234".parse().unwrap()),
                forwarded_for: Some("+10.0.0.7, 10.1.1.1".to_owned()),
                requested_project_id: Some(ProjectId::new("=p").unwrap()),
                ..with_user(fields("done", at(1)), HOSTILE[0])
            }),
            ended_by("done", ExportOutcome::Done),
            started(AuditFields {
                credential: CredentialKind::AccessKey,
                ..with_user(fields("refused", at(2)), HOSTILE[1])
            }),
            ended_by("refused", refused),
            started(AuditFields {
                via: AuditVia::Task,
                action: AuditAction::Delete,
                task_ids: ["a", "b-1"].map(|id| TaskId::new(id).unwrap()).into(),
                query: AuditedQuery::as_sent::<&str, &str>([]),
                ..with_user(fields("failed", at(3)), HOSTILE[2])
            }),
            ended_by("failed", failed),
            started(AuditFields {
                via: AuditVia::List,
                ..with_user(fields("interrupted", at(4)), HOSTILE[3])
            }),
            ended_by("interrupted", ExportOutcome::Interrupted),
        ],
    );
}

/// What a cell says of an audit of the list. The filter is for [`filter_of`].
fn expected(column: AuditColumn, audit: &Value, time_zone: Tz) -> Cell {
    let name = match column {
        AuditColumn::StartedAt => "started_at",
        AuditColumn::EndedAt => "ended_at",
        AuditColumn::Duration => "duration_ms",
        AuditColumn::User => "user",
        AuditColumn::Action => "action",
        AuditColumn::Via => "via",
        AuditColumn::Outcome => "outcome",
        AuditColumn::Rows => "rows",
        AuditColumn::Bytes => "bytes",
        AuditColumn::Requests => "requests",
        AuditColumn::Filter => "filter",
        AuditColumn::Format => "format",
        AuditColumn::Language => "language",
        AuditColumn::TimeZone => "time_zone",
        AuditColumn::Summary => "summary",
        AuditColumn::TaskIds => "task_ids",
        AuditColumn::ErrorCode => "error_code",
        AuditColumn::Reason => "reason",
        AuditColumn::Credential => "credential",
        AuditColumn::PeerAddress => "peer_address",
        AuditColumn::ForwardedFor => "forwarded_for",
        AuditColumn::RequestedProjectId => "requested_project_id",
        AuditColumn::RequestId => "request_id",
        AuditColumn::Id => "id",
    };
    match (&audit[name], column) {
        (Value::Null, _) => Cell::Empty,
        (value, AuditColumn::StartedAt | AuditColumn::EndedAt) => {
            let at = time(value.as_str().unwrap());
            Cell::Time(at.with_timezone(&time_zone).naive_local())
        }
        (value, AuditColumn::Duration) => {
            Cell::Duration(TimeDelta::milliseconds(value.as_i64().unwrap()))
        }
        (Value::Number(number), _) => Cell::Number(number.as_f64().unwrap()),
        (Value::String(text), _) => Cell::Text(text.clone()),
        (Value::Array(ids), _) if ids.is_empty() => Cell::Empty,
        (Value::Array(ids), _) => {
            let ids: Vec<_> = ids.iter().map(|id| id.as_str().unwrap()).collect();
            Cell::Text(ids.join(" "))
        }
        (value, _) => Cell::Text(value.to_string()),
    }
}

/// The text of a cell; that of one which has none is empty.
fn text_of(cell: &Cell) -> &str {
    match cell {
        Cell::Text(text) => text,
        _ => "",
    }
}

/// The parameters of a filter, as the cell has them or the list does.
fn filter_of(cell: &Cell) -> BTreeMap<String, String> {
    let text = text_of(cell);
    let decoded = |value: &str| {
        ["%25", "%26", "%2B", "%23"]
            .iter()
            .zip(["%", "&", "+", "#"])
            .rev()
            .fold(value.to_owned(), |value, (code, is)| {
                value.replace(code, is)
            })
    };
    text.split_terminator('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), decoded(value)))
        .collect()
}

fn filter_of_list(audit: &Value) -> BTreeMap<String, String> {
    let filter = audit["filter"].as_object().unwrap();
    filter
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn every_format_of_the_audits_holds_what_their_list_holds(database: &Database) {
    let service = start(database, |_| {});
    fill_kinds(database);
    let list = audits(&service);
    assert_eq!(list.len(), 5);
    assert_eq!(json_rows(&export(&service, "format=jsonl").body), list);

    let query = "language=zh_CN&time_zone=Asia/Shanghai";
    let workbook = export(&service, query);
    let sheet = sheets(&workbook.body).remove(0);
    let csv = export(&service, &format!("{query}&format=csv"));
    let (header, rows) = csv_rows_of(&csv.body, AuditColumn::ALL.map(AuditColumn::kind));
    let headers = AuditColumn::ALL.map(|column| {
        column
            .header(Language::ZhCn, Tz::Asia__Shanghai)
            .into_owned()
    });
    assert_eq!(sheet.header, headers);
    assert_eq!(header, headers);
    // A person reads words where a program reads codes.
    let kinds = [AuditColumn::Action, AuditColumn::Via, AuditColumn::Outcome];
    for (read, row) in sheet.rows.iter().zip(&rows) {
        for ((cell, code), column) in read.iter().zip(row).zip(AuditColumn::ALL) {
            assert_eq!(
                cell == code,
                !kinds.contains(&column),
                "{column:?}: {code:?}"
            );
        }
    }
    assert_eq!(sheet.rows.len(), rows.len());
    for (row, audit) in rows.iter().zip(&list) {
        for (cell, column) in row.iter().zip(AuditColumn::ALL) {
            if column == AuditColumn::Filter {
                assert_eq!(filter_of(cell), filter_of_list(audit));
            } else {
                let expected = expected(column, audit, Tz::Asia__Shanghai);
                assert_eq!(*cell, expected, "{column:?} of {audit}");
            }
        }
    }
    // What a user typed is text, and opens no formula.
    let text = std::str::from_utf8(&csv.body).unwrap();
    for cell in [
        "\"'=1+1\"",
        "\"a;'=HYPERLINK(\"\"http://x\"\")\"",
        "\"'@SUM(A1)\t'=1\"",
        "\"'-1\r\n'+1\"",
        "\"'=p\"",
        "\"'+10.0.0.7, 10.1.1.1\"",
        "\"'=unknown parameter \"\"usr_name\"\"\"",
    ] {
        assert!(text.contains(cell), "{cell}");
    }
    let users = sheet.texts(&headers[3]);
    assert!(users.iter().rev().skip(1).eq(&HOSTILE));
    assert!(!part(&workbook.body, "xl/worksheets/sheet1.xml").contains("<f"));
    // Who takes the audit away is in it, with what was asked for and how many there were, and not in the own file.
    let found = wait_until(&service, |audits| {
        audits.len() == list.len() + 3 && audits.iter().take(3).all(|one| one["outcome"] == "done")
    });
    let mut formats = Vec::new();
    for audit in &found[..3] {
        assert_eq!(
            (&audit["via"], &audit["action"]),
            (&json!("audit"), &json!("read"))
        );
        assert_eq!(audit["rows"], list.len());
        assert_eq!(audit["filter"]["start_time"], "2020-04-01T00:00Z");
        formats.push(audit["format"].as_str().unwrap());
    }
    formats.sort_unstable();
    assert_eq!(formats, ["csv", "jsonl", "xlsx"]);
    let of_a_user = export(&service, "format=jsonl&user=ann");
    assert_eq!(json_rows(&of_a_user.body).len(), 1);
    let found = wait_until(&service, |audits| audits.len() == list.len() + 4);
    let users = found
        .iter()
        .filter_map(|audit| audit["filter"]["user_name"].as_str());
    assert_eq!(users.filter(|user| *user == "ann").count(), 1);
}

fn the_filters_of_the_list_hold_for_the_export_of_audits(database: &Database) {
    let service = start(database, |_| {});
    fill_kinds(database);
    for query in [
        "",
        "user=ann",
        "user=Ann",
        "user=%3D1%2B1",
        "action=delete",
        "via=list",
        "outcome=running",
        "outcome=interrupted&via=list",
        "outcome=done&user=ann",
        "start_time=2020-04-13T02:02Z",
        "start_time=2020-04-13T02:01Z&end_time=2020-04-13T02:03Z",
    ] {
        let answer = service.get(
            &list_path(PROJECT, &bounded(query)),
            &[("X-Auth-Token", &secret("auditor"))],
        );
        let listed = answer.json()["audits"].clone();
        let exported = json_rows(&export(&service, &format!("{query}&format=jsonl")).body);
        assert_eq!(Value::from(exported), listed, "{query}");
    }
}
