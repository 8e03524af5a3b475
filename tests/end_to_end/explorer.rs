//! The document of the API and the page that shows it, over HTTP. `tests/explorer` opens the page in a browser.

use deskledger_tests::{Database, Service};

#[test]
fn the_service_answers_with_the_document_of_the_docs_folder() {
    let database = Database::sqlite();
    let answer = Service::start(&database).get("/openapi.json", &[]);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let answered: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let kept = include_str!("../../docs/openapi.json");
    assert_eq!(
        answered,
        serde_json::from_str::<serde_json::Value>(kept).unwrap()
    );
}

#[test]
fn the_page_may_ask_this_service_alone_and_stand_in_no_other_page() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    let answer = service.get("/explorer", &[]);
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = answer.header("content-security-policy").unwrap();
    let directives: Vec<_> = policy.split("; ").collect();
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ] {
        assert!(directives.contains(&directive), "{directive}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
}

#[test]
fn what_never_changes_is_kept_and_the_rest_is_asked_for_again() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    for (path, kept) in [
        ("/explorer", false),
        ("/explorer/explorer.js", false),
        ("/explorer/swagger-ui-5.35.0.css", true),
    ] {
        let answer = service.get(path, &[]);
        assert_eq!(answer.status, 200, "{path}");
        let cache = answer.header("cache-control").unwrap();
        assert_eq!(cache.contains("immutable"), kept, "{path}: {cache}");
        assert_eq!(cache == "no-cache", !kept, "{path}: {cache}");
    }
    for path in ["/explorer/../openapi.json", "/explorer/x.js"] {
        assert_eq!(service.get(path, &[]).status, 404, "{path}");
    }
}

#[test]
fn an_operator_turns_the_page_off_and_keeps_the_document() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| settings.server.explorer = false);
    for (path, status) in [
        ("/explorer", 404),
        ("/explorer/explorer.js", 404),
        ("/openapi.json", 200),
    ] {
        assert_eq!(service.get(path, &[]).status, status, "{path}");
    }
}
