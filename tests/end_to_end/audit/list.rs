//! The list of audits over HTTP.

use deskledger_domain::{
    AuditAction, AuditFields, AuditId, AuditVia, AuditedQuery, CredentialKind, ExportAudit,
    ExportFormat, ProjectId,
};
use deskledger_store::{AuditEvent, StoreSettings};

use super::*;
use crate::record::time;
use crate::refusal::assert_code;

on_both_databases! {
    a_list_is_cut_and_newest_first
}

/// An audit of each hour of a day.
fn fill(database: &Database, project: &str) {
    let audits = deskledger_store::Database::open(&StoreSettings::new(database.url()))
        .unwrap()
        .audits();
    let events: Vec<_> = (0..24)
        .map(|hour| {
            let audit = ExportAudit::new(AuditFields {
                id: AuditId::new(format!("{project}-{hour:02}")).unwrap(),
                via: AuditVia::Export,
                action: AuditAction::Read,
                task_ids: Vec::new(),
                project_id: ProjectId::new(project).unwrap(),
                requested_project_id: None,
                user: "ann".to_owned(),
                credential: CredentialKind::Token,
                peer_address: None,
                forwarded_for: None,
                request_id: "r".to_owned(),
                query: AuditedQuery::of_pairs::<&str, &str>([], ExportFormat::default()),
                started_at: time(&format!("2020-04-13T{hour:02}:00Z")),
            });
            AuditEvent::Started(Box::new(audit.unwrap()))
        })
        .collect();
    audits.log(1).append(&events).unwrap();
}

fn a_list_is_cut_and_newest_first(database: &Database) {
    fill(database, PROJECT);
    fill(database, "another");
    let service = start(database, |_| {});
    let hours = |hours: std::ops::Range<u32>| -> Vec<_> {
        hours
            .rev()
            .map(|hour| format!("{PROJECT}-{hour:02}"))
            .collect()
    };
    for (query, total, expected) in [
        ("", 24, hours(4..24)),
        ("limit=1000", 24, hours(0..24)),
        ("limit=3&offset=2", 24, hours(19..22)),
        ("limit=0", 24, vec![]),
        ("offset=24", 24, vec![]),
        ("offset=&limit=", 24, hours(4..24)),
        (
            "start_time=2020-04-13T10:00Z&end_time=2020-04-13T12:00Z",
            2,
            hours(10..12),
        ),
        ("start_time=2020-04-13T22:00:00.000001Z", 1, hours(23..24)),
        (
            "start_time=2020-04-13T10:00Z&end_time=2020-04-13T12:00Z&limit=1&offset=1",
            2,
            hours(10..11),
        ),
    ] {
        let path = list_path(PROJECT, query);
        let answer = service.get(&path, &[("X-Auth-Token", &secret("auditor"))]);
        assert_eq!(answer.status, 200, "{query}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let list: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(list["total_count"], total, "{query}");
        let found: Vec<_> = list["audits"]
            .as_array()
            .unwrap()
            .iter()
            .map(|audit| audit["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, expected, "{query}");
    }
}

#[test]
fn only_who_may_sees_audits_and_each_mistake_has_its_code() {
    let database = Database::sqlite();
    fill(&database, PROJECT);
    let service = start(&database, |_| {});
    for (token, query, code) in [
        ("nobody", "", ErrorCode::Unauthenticated),
        ("clerk", "", ErrorCode::Forbidden),
        ("foreign", "", ErrorCode::Forbidden),
        ("auditor", "user_name=x", ErrorCode::UnknownParameter),
        ("auditor", "outcome=did", ErrorCode::UnknownValue),
        ("auditor", "via=post", ErrorCode::UnknownValue),
        ("auditor", "action=write", ErrorCode::UnknownValue),
        ("auditor", "user=x&user=y", ErrorCode::RepeatedParameter),
        ("auditor", "limit=1&limit=1", ErrorCode::RepeatedParameter),
        ("auditor", "limit=1001", ErrorCode::InvalidNumber),
        ("auditor", "limit=-1", ErrorCode::InvalidNumber),
        ("auditor", "offset=1.5", ErrorCode::InvalidNumber),
        ("auditor", "start_time=today", ErrorCode::InvalidTime),
        (
            "auditor",
            "end_time=2020-04-13T10:00Z",
            ErrorCode::EndWithoutStart,
        ),
        (
            "auditor",
            "start_time=2020-04-13T10:00Z&end_time=2020-04-13T10:00Z",
            ErrorCode::EmptyTimeRange,
        ),
    ] {
        let path = list_path(PROJECT, query);
        let answer = service.get(&path, &[("X-Auth-Token", &secret(token))]);
        assert_code(&answer, code, &format!("{token} {query}"));
    }
    // An auditor may look, and not export.
    let answer = service.get(
        &Service::export_path(""),
        &[("X-Auth-Token", &secret("auditor"))],
    );
    assert_eq!(answer.status, 403);
    let post = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        list_path(PROJECT, "")
    );
    let answer = service.raw(post.as_bytes());
    assert_eq!(
        (answer.status, answer.header("allow")),
        (405, Some("GET, HEAD"))
    );
}
