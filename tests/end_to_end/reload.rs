//! Settings that change while the service runs.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use deskledger_domain::RecordFields;
use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN, access_key, sealing_key, token};
use serde_json::json;

use crate::record::bare;

const NEW_TOKEN: &str = "a-token-that-comes-later";

fn export_with(service: &Service, token: &str) -> Answer {
    service.get(&Service::export_path(""), &[("X-Auth-Token", token)])
}

fn metric(service: &Service, name: &str) -> String {
    let text = String::from_utf8(service.get("/metrics", &[]).body).unwrap();
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap().to_owned()
}

#[test]
fn tokens_come_and_go_without_a_restart() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    assert_eq!(export_with(&service, NEW_TOKEN).status, 401);
    let added = |settings: &mut deskledger_settings::Settings| {
        settings
            .identity
            .tokens
            .push(token(NEW_TOKEN, PROJECT, &["te_admin"]));
    };
    service.reload(&database, added).unwrap();
    assert_eq!(export_with(&service, NEW_TOKEN).status, 200);
    assert_eq!(export_with(&service, TOKEN).status, 200);
    service
        .reload(&database, |settings| {
            settings.identity.tokens = vec![token(NEW_TOKEN, PROJECT, &["te_admin"])];
        })
        .unwrap();
    assert_eq!(export_with(&service, NEW_TOKEN).status, 200);
    assert_eq!(export_with(&service, TOKEN).status, 401);
}

#[test]
fn roles_are_changed_without_a_restart() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    service
        .reload(&database, |settings| {
            let actions = vec!["workspace:connections:securityList".to_owned()];
            settings.access.roles.insert("te_admin".to_owned(), actions);
        })
        .unwrap();
    assert_eq!(service.export("").status, 403);
    let list = service.get(&Service::record_path(PROJECT), &[("X-Auth-Token", TOKEN)]);
    assert_eq!(list.status, 200);
    service.reload(&database, |_| {}).unwrap();
    assert_eq!(service.export("").status, 200);
}

#[test]
fn a_denial_that_was_sealed_before_a_reload_still_opens() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| {
        settings
            .identity
            .tokens
            .push(token(NEW_TOKEN, PROJECT, &["nobody"]));
    });
    let sealed = export_with(&service, NEW_TOKEN).authorization_message();
    let body = json!({ "encoded_message": sealed });
    let decode = |service: &Service| {
        let path = "/v5/decode-authorization-message";
        service.post(path, TOKEN, &body).status
    };
    // The key of the process itself stays; another key takes its turn, and does not open it.
    service.reload(&database, |_| {}).unwrap();
    assert_eq!(decode(&service), 200);
    let with_key = |settings: &mut deskledger_settings::Settings| {
        settings.access.messages.keys = vec![sealing_key("a", b'k')];
    };
    service.reload(&database, with_key).unwrap();
    assert_eq!(decode(&service), 400);
}

#[test]
fn limits_are_changed_without_a_restart() {
    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| settings.limits.url_bytes = 200);
    let long = format!("user_name={}", "a".repeat(200));
    assert_eq!(service.export(&long).status, 414);
    service.reload(&database, |_| {}).unwrap();
    assert_eq!(service.export(&long).status, 200);
}

#[test]
fn wrong_settings_change_nothing_and_the_metrics_say_so() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    let loaded = metric(
        &service,
        "deskledger_config_last_reload_success_timestamp_seconds",
    );
    assert!(loaded.parse::<f64>().unwrap() > 1.5e9);
    let error = service.reload(&database, |settings| {
        settings.identity.tokens.clear();
        settings.identity.access_keys = vec![access_key("AK", "", PROJECT, &["te_admin"])];
    });
    let reason = error.unwrap_err().to_string();
    assert!(
        reason.contains("identity.access_keys[0].secret"),
        "{reason}"
    );
    assert_eq!(service.export("").status, 200);
    assert_eq!(
        metric(&service, "deskledger_config_last_reload_successful"),
        "0"
    );
    service.reload(&database, |_| {}).unwrap();
    assert_eq!(
        metric(&service, "deskledger_config_last_reload_successful"),
        "1"
    );
}

#[test]
fn an_export_goes_on_while_its_token_is_taken_away() {
    let database = Database::sqlite();
    database.fill(
        PROJECT,
        (0..30_000_u32).map(|number| RecordFields {
            computer_name: Some(format!(
                "{:x}",
                u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            )),
            ..bare(&number.to_string(), "2020-04-24T03:02:45Z")
        }),
    );
    let service = Service::start(&database);
    let mut stream = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
    let path = Service::export_path("format=jsonl");
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: {TOKEN}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut begin = [0; 12];
    stream.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");
    service
        .reload(&database, |settings| settings.identity.tokens.clear())
        .unwrap();
    assert_eq!(service.export("").status, 401);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the transfer broke off");
}
