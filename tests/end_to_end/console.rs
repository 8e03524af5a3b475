//! The page for people, as the service sends it.

use deskledger_api::ErrorCode;
use deskledger_tests::{Database, Service};
use serde_json::Value;

use crate::refusal::assert_code;

#[test]
fn every_address_of_the_console_leads_to_the_page_which_may_run_its_own_scripts_alone() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    for (path, base) in [
        ("/console/", "./"),
        ("/console/sign-in?to=%2Fconsole%2F", "./"),
        ("/console/p/p1/connections?t=now-7d..now", "../../"),
        ("/console/p/a%2Fb/exports", "../../"),
    ] {
        let answer = service.get(path, &[]);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        let page = String::from_utf8(answer.body.clone()).unwrap();
        assert!(page.contains(&format!(r#"<base href="{base}">"#)), "{page}");
        let policy = answer.header("content-security-policy").unwrap();
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(directive), "{directive}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
    }
}

#[test]
fn a_browser_keeps_a_file_until_it_changes() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    let path = "/console/files/index.js";
    let first = service.get(path, &[("Accept-Encoding", "gzip")]);
    assert_eq!(first.status, 200);
    assert_eq!(
        first.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    assert_eq!(first.header("content-encoding"), Some("gzip"));
    let tag = first.header("etag").unwrap();
    let again = service.get(path, &[("If-None-Match", tag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    let other = service.get(path, &[("If-None-Match", "\"other\"")]);
    assert_eq!(other.status, 200);
    let unknown = service.get("/console/files/unknown.js", &[]);
    assert_code(&unknown, ErrorCode::NotFound, "/console/files/unknown.js");
}

#[test]
fn the_words_of_the_screen_are_those_of_the_files() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    let meta = |query: &str| service.get(&format!("/console/meta{query}"), &[]);
    let words = |query: &str| -> Value { serde_json::from_slice(&meta(query).body).unwrap() };
    assert_eq!(words("")["columns"][0]["header"], "Username");
    let chinese = words("?language=zh_CN");
    assert_eq!(chinese["columns"][0]["name"], "user_name");
    assert_eq!(chinese["columns"][0]["header"], "用户名");
    assert!(chinese["zones"].as_array().unwrap().len() > 400);
    for unknown in ["?language=xx", "?language="] {
        assert_code(&meta(unknown), ErrorCode::UnknownLanguage, unknown);
    }
    for wrong in ["?lang=en_US", "?language=en_US&language=en_US"] {
        assert_code(&meta(wrong), ErrorCode::UnknownParameter, wrong);
    }
    let compressed = service.get("/console/meta", &[("Accept-Encoding", "zstd, gzip")]);
    assert_eq!(compressed.header("content-encoding"), Some("zstd"));
}

#[test]
fn a_browser_finds_its_way_to_the_pages() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    // No redirect is followed by a client of raw bytes.
    let get = |path: &str, accepted: &str| {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\naccept: {accepted}\r\nconnection: close\r\n\r\n"
        );
        service.raw(request.as_bytes())
    };
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let root = get("/", browser);
    assert_eq!(
        (root.status, root.header("location")),
        (302, Some("console/"))
    );
    let console = get("/console", browser);
    assert_eq!(
        (console.status, console.header("location")),
        (302, Some("console/"))
    );
    let quoted = "text/plain;x=\"a, text/html\"";
    for accepted in ["*/*", "application/json", "text/html;q=0", quoted] {
        assert_code(&get("/", accepted), ErrorCode::NotFound, accepted);
    }
    let page = get("/explorer/", browser);
    assert_eq!(
        (page.status, page.header("location")),
        (302, Some("../explorer"))
    );
    assert_eq!(get("/favicon.ico", "image/*").status, 204);

    let without_console =
        Service::start_with(&database, |settings| settings.console.enabled = false);
    let root = without_console
        .raw(b"GET / HTTP/1.1\r\nhost: x\r\naccept: text/html\r\nconnection: close\r\n\r\n");
    assert_eq!(root.header("location"), Some("explorer"));
    let answer = without_console.get("/console/", &[("Accept", browser)]);
    assert_code(&answer, ErrorCode::NotFound, "/console/");

    let hidden = Service::start_with(&database, |settings| {
        settings.server.explorer = false;
        settings.console.enabled = false;
    });
    for path in ["/", "/explorer/", "/favicon.ico"] {
        let answer = hidden.get(path, &[("Accept", browser)]);
        assert_code(&answer, ErrorCode::NotFound, path);
    }
}
