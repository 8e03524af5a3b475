//! The token that a command sends to a running service: where it comes from, and where it never goes.

use std::io::Write as _;
use std::process::Stdio;

use crate::remote::{LIST, filled};
use crate::sandbox::{Sandbox, said};
use crate::service::Service;

#[test]
fn a_token_comes_from_a_file_the_environment_or_standard_input_and_is_never_shown() {
    let sandbox = filled();
    let service = Service::start(&sandbox);
    sandbox.write("token", "foo\n");
    let url = ["--url", service.url()];
    for (arguments, input, code) in [
        (&["--token-file", "token"][..], "", 0),
        (&["--token-file", "-"], "foo\n", 0),
        (&["--token", "-"], "foo", 0),
        (&["--token", "foo"], "", 0),
        (&["--token", "s3cret"], "", 6),
        (&["--token", "s3cret\nx: y"], "", 2),
        (&["--token-file", "-"], "s3cret\n\n\nmore", 2),
        (&["--token-file", "-"], "", 2),
        (&["--token-file", "nowhere"], "", 2),
        (&["--token", "s3cret", "--token-file", "token"], "", 2),
        (&["--token", "s3cret", "--ca-file", "token"], "", 2),
        (&["--token", "s3cret", "--ca-file", "nowhere"], "", 2),
        (&[], "", 2),
    ] {
        let arguments = [&LIST[..], &url, arguments].concat();
        let mut child = sandbox
            .command(&arguments)
            .env_remove("DESKLEDGER_TOKEN")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
    // What asks a service needs its address.
    for option in [
        &["--token", "s3cret"][..],
        &["--no-retry"],
        &["--insecure-http"],
    ] {
        let said = sandbox.fails(&[&LIST[..], option].concat());
        assert!(said.contains("--url") && !said.contains("s3cret"), "{said}");
    }
}

#[test]
fn a_token_is_not_sent_to_another_machine_without_encryption() {
    let sandbox = Sandbox::new();
    let ask = |url: &str, more: &[&str]| {
        let arguments = [&LIST[..], &["--url", url, "--no-retry"], more].concat();
        let mut command = sandbox.command(&arguments);
        let output = command.env("DESKLEDGER_TOKEN", "s3cret").output().unwrap();
        (output.status.code().unwrap(), said(&output))
    };
    let (code, said) = ask("http://ledger.example.com", &[]);
    assert_eq!(code, 2);
    assert!(
        said.contains("everybody on the way could read the token"),
        "{said}"
    );
    // It is no address of a loopback, and nobody listens there.
    assert_eq!(ask("http://0.0.0.0:1", &[]).0, 2);
    assert_eq!(ask("http://0.0.0.0:1", &["--insecure-http"]).0, 4);
    for url in [
        "ledger.example.com",
        "https://u:s3cret@host",
        "https://host?a=b",
    ] {
        let (code, said) = ask(url, &[]);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("--url") && !said.contains("s3cret"), "{said}");
    }
}
