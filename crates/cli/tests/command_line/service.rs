//! A running service that commands ask, real or made up.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::NamedTempFile;

use crate::sandbox::Sandbox;

/// The token of an administrator of the project p1.
pub(crate) const TOKEN: &str = "foo";

/// The SHA-256 of "foo", and that of "bar".
const SETTINGS: &str = r#"
[server]
listen = "127.0.0.1:0"
[logging]
format = "json"
[[identity.tokens]]
sha256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
user = "ann"
project_id = "p1"
roles = ["te_admin"]
[[identity.tokens]]
sha256 = "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"
user = "bob"
project_id = "p1"
roles = ["wks_auditor"]
"#;

/// A process of the real service over the database of a sandbox, killed when it is dropped.
pub(crate) struct Service {
    child: Child,
    url: String,
    _settings: NamedTempFile,
}

impl Service {
    pub(crate) fn start(sandbox: &Sandbox) -> Self {
        Self::start_with(sandbox, "")
    }

    /// A service with more settings.
    pub(crate) fn start_with(sandbox: &Sandbox, more: &str) -> Self {
        let mut settings = NamedTempFile::new().unwrap();
        write!(settings, "{SETTINGS}{more}").unwrap();
        let mut child = sandbox
            .command(&["serve", "--config"])
            .arg(settings.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut address = None;
        // The address is logged first, and then that it can serve.
        for line in log.by_ref().map(Result::unwrap) {
            if let Some((_, rest)) = line.split_once(r#""address":""#) {
                address = Some(rest.split('"').next().unwrap().to_owned());
            }
            if line.contains(r#""ready""#) {
                break;
            }
        }
        thread::spawn(move || log.for_each(drop));
        Self {
            child,
            url: format!("http://{}", address.unwrap()),
            _settings: settings,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A command that asks the service, with a token.
    pub(crate) fn command(&self, sandbox: &Sandbox, arguments: &[&str], token: &str) -> Command {
        let mut command = sandbox.command(arguments);
        command
            .args(["--url", &self.url])
            .env("DESKLEDGER_TOKEN", token)
            // No command that asks a service opens the database.
            .env("DESKLEDGER__DATABASE__URL", "sqlite:///nowhere/records");
        command
    }

    /// What a command of the administrator says.
    pub(crate) fn run(&self, sandbox: &Sandbox, arguments: &[&str]) -> Output {
        self.command(sandbox, arguments, TOKEN).output().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Something that answers each request with the next of some texts, and then closes the connection.
pub(crate) struct Impostor {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Impostor {
    pub(crate) fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answers: Vec<_> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for answer in answers {
                let Ok((mut stream, _)) = listener.accept() else {
                    return;
                };
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if stream.read(&mut byte).unwrap_or(0) == 0 {
                        break;
                    }
                    head.extend(byte);
                }
                kept.lock()
                    .unwrap()
                    .push(String::from_utf8_lossy(&head).into_owned());
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { url, requests }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The heads of the requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// What a command says that asks it.
    pub(crate) fn run(&self, sandbox: &Sandbox, arguments: &[&str]) -> Output {
        let mut command = sandbox.command(arguments);
        command.args(["--url", &self.url]);
        command.env("DESKLEDGER_TOKEN", "s3cret").output().unwrap()
    }
}

/// An answer with a body of JSON.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}connection: close\r\n\r\n{body}"
    )
}
