//! `deskledger sessions`.

use serde_json::Value;

use crate::list::assert_tame;
use crate::sandbox::{Sandbox, said};
use crate::service::{Service, TOKEN};

/// Signs in with a token, as a browser of a name does.
fn sign_in(service: &Service, token: &str, browser: &str) {
    let body = serde_json::json!({ "token": token }).to_string();
    let answer = ureq::post(format!("{}/v2/sign-in/token", service.url()))
        .header("Origin", service.url())
        .header("X-Deskledger", "1")
        .header("Content-Type", "application/json")
        .header("User-Agent", browser)
        .send(body);
    assert_eq!(answer.unwrap().status(), 200);
}

#[test]
fn sessions_are_listed_and_ended_in_the_database_and_by_the_service() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["migrate"]);
    let service = Service::start_with(
        &sandbox,
        "[[identity.sealing_keys]]\nid = 'a'\nkey = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='\n",
    );
    for (token, browser) in [(TOKEN, "a"), (TOKEN, "b"), ("bar", "c\u{9b}31m\u{202e}")] {
        sign_in(&service, token, browser);
    }
    let list = ["sessions", "list", "--project", "p1"];
    for more in [&[][..], &["--json"], &["--time-zone", "Asia/Tokyo"]] {
        let arguments = [&list[..], more].concat();
        let (of_database, of_service) =
            (sandbox.run(&arguments), service.run(&sandbox, &arguments));
        assert!(of_service.status.success(), "{}", said(&of_service));
        assert_eq!(of_database.stdout, of_service.stdout, "{more:?}");
        assert_eq!(said(&of_database), said(&of_service), "{more:?}");
        let printed = String::from_utf8(of_service.stdout).unwrap();
        assert_tame(&printed);
        assert!(
            printed.contains("ann") && printed.contains("bob"),
            "{printed}"
        );
    }
    let sessions = |token: &str| -> Vec<String> {
        let arguments = [&list[..], &["--json"]].concat();
        let output = service
            .command(&sandbox, &arguments, token)
            .output()
            .unwrap();
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let listed = json["sessions"].as_array().unwrap();
        let id = |session: &Value| session["id"].as_str().unwrap().to_owned();
        listed.iter().map(id).collect()
    };
    // The newest first; who is no administrator sees their own.
    let all = sessions(TOKEN);
    assert_eq!(all.len(), 3);
    assert_eq!(sessions("bar"), all[..1]);

    let end = |id: &str| ["sessions", "end", id, "--project", "p1"].map(str::to_owned);
    let code = |output: std::process::Output| output.status.code();
    let by_service = |id: &str, token: &str| {
        let arguments = end(id);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        code(
            service
                .command(&sandbox, &arguments, token)
                .output()
                .unwrap(),
        )
    };
    let by_database = |id: &str| {
        let arguments = end(id);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        code(sandbox.run(&arguments))
    };
    assert_ne!(by_service(&all[1], "bar"), Some(0));
    assert_eq!(by_service(&all[1], TOKEN), Some(0));
    assert_eq!(by_service(&all[1], TOKEN), Some(7));
    assert_eq!(by_database(&all[1]), Some(7));
    assert_eq!(by_database(&all[2]), Some(0));
    assert_eq!(by_database("a b"), Some(2));
    assert_eq!(sessions(TOKEN), all[..1]);
}
