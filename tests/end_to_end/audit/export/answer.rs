//! What an export of audits is answered with: its languages, its formats and its refusals.

use super::*;

#[test]
fn the_audits_open_in_every_language() {
    let database = Database::sqlite();
    let service = start(&database, |_| {});
    fill_kinds(&database);
    for language in Language::ALL {
        let answer = export(
            &service,
            &format!("language={language}&time_zone=Asia/Riyadh"),
        );
        let sheet = sheets(&answer.body).remove(0);
        assert_eq!(sheet.name, language.audit_sheet_name());
        assert_eq!(sheet.rows.len(), 5);
        let header = |column: AuditColumn| column.header(language, Tz::Asia__Riyadh).into_owned();
        assert_eq!(sheet.header, AuditColumn::ALL.map(header));
        let outcomes = sheet.texts(&header(AuditColumn::Outcome));
        match language {
            Language::EnUs => {
                let words = ["Interrupted", "Failed", "Refused", "Done", "Running"];
                assert_eq!(outcomes, words);
            }
            Language::DeDe => assert_eq!(outcomes[2], "Abgelehnt"),
            _ => assert!(outcomes.iter().all(|word| !word.is_empty())),
        }
        let disposition = answer.header("content-disposition").unwrap();
        assert!(disposition.is_ascii(), "{disposition}");
        assert!(
            disposition.starts_with("attachment; filename=\"export-audits-20200501T080000Z.xlsx\""),
            "{disposition}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("accept-ranges"), Some("none"));
    }
}

#[test]
fn the_client_chooses_the_format_of_audits_as_of_records() {
    let database = Database::sqlite();
    let service = start(&database, |_| {});
    let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    for (query, accept, content_type) in [
        ("", "*/*", xlsx),
        ("", "text/csv", "text/csv; charset=utf-8"),
        ("format=", "application/x-ndjson", "application/x-ndjson"),
        ("format=xlsx", "text/csv", xlsx),
    ] {
        let token = secret("auditor");
        let headers = [("X-Auth-Token", &*token), ("Accept", accept)];
        let answer = service.get(&path(query), &headers);
        assert_eq!(answer.status, 200, "{query} {accept}");
        assert_eq!(answer.header("content-type"), Some(content_type), "{query}");
        assert_eq!(answer.header("vary"), Some("accept, accept-encoding"));
    }
}

#[test]
fn only_who_may_list_audits_exports_them_and_each_mistake_has_its_code() {
    let database = Database::sqlite();
    let service = start(&database, |_| {});
    for (token, query, code) in [
        ("nobody", "", ErrorCode::Unauthenticated),
        ("clerk", "", ErrorCode::Forbidden),
        ("foreign", "", ErrorCode::Forbidden),
        ("auditor", "user_name=x", ErrorCode::UnknownParameter),
        ("auditor", "limit=20", ErrorCode::UnknownParameter),
        ("auditor", "summary=true", ErrorCode::UnknownParameter),
        ("auditor", "outcome=did", ErrorCode::UnknownValue),
        ("auditor", "format=pdf", ErrorCode::UnknownFormat),
        ("auditor", "language=xx", ErrorCode::UnknownLanguage),
        ("auditor", "time_zone=Mars", ErrorCode::UnknownTimeZone),
        (
            "auditor",
            "format=csv&format=csv",
            ErrorCode::RepeatedParameter,
        ),
        ("auditor", "start_time=today", ErrorCode::InvalidTime),
        (
            "auditor",
            "end_time=2020-04-13T10:00Z",
            ErrorCode::EndWithoutStart,
        ),
    ] {
        let answer = service.get(&path(query), &[("X-Auth-Token", &secret(token))]);
        assert_code(&answer, code, &format!("{token} {query}"));
    }
}
