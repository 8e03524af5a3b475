//! What a supervisor asks.

use deskledger_tests::{Database, Service};

#[test]
fn the_service_says_that_it_lives_and_is_ready() {
    let database = Database::sqlite();
    let service = Service::start(&database);
    for (path, body) in [
        ("/health/live", r#"{"status":"up"}"#),
        ("/health/ready", r#"{"database":"SQLite","status":"up"}"#),
    ] {
        let answer = service.get(path, &[]);
        assert_eq!(answer.status, 200);
        assert_eq!(String::from_utf8(answer.body.clone()).unwrap(), body);
        assert!(answer.header("x-request-id").is_some());
    }
}
