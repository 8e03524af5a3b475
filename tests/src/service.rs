use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use actix_web::rt::System;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deskledger_api::{Application, Readiness, Reloader, StartError, StopHandle};
use deskledger_domain::{Action, Clock, Policy, Principal, ProjectId, ProjectScope, parse_time};
use deskledger_settings::{
    AccessKeySettings, SealingKeySettings, Settings, SettingsError, TokenSettings,
};
use sha2::{Digest as _, Sha256};

use crate::{Database, log};

/// The project that [`TOKEN`] is for.
pub const PROJECT: &str = "8dc9c40a06574a598941b254d4b63b43";

/// A token that may export [`PROJECT`].
pub const TOKEN: &str = "never-to-be-shown-token-of-the-tests";

/// The time at which the service of a test stands still.
const NOW: &str = "2020-05-01T08:00:00Z";

/// The real service on a free port, stopped when it is dropped.
pub struct Service {
    port: u16,
    stop: StopHandle,
    readiness: Readiness,
    reloader: Reloader,
    thread: Option<thread::JoinHandle<Result<(), StartError>>>,
}

/// What the service answered.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Service {
    /// The service over a database, with the default limits.
    pub fn start(database: &Database) -> Self {
        Self::start_with(database, |_| {})
    }

    /// The service over a database, with other settings.
    pub fn start_with(database: &Database, change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_by(database, Clock::fixed(parse_time(NOW).unwrap()), change)
    }

    /// The service over a database, by another clock, with other settings.
    pub fn start_by(database: &Database, clock: Clock, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings(database);
        change(&mut settings);
        let service = Self::run(settings, clock);
        service.wait_until_ready();
        service
    }

    /// The service with other settings, which it may wait for something by.
    pub fn start_waiting(database: &Database, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings(database);
        change(&mut settings);
        Self::run(settings, Clock::fixed(parse_time(NOW).unwrap()))
    }

    /// Takes over other settings while it runs.
    ///
    /// # Errors
    /// When they are wrong.
    pub fn reload(
        &self,
        database: &Database,
        change: impl FnOnce(&mut Settings),
    ) -> Result<(), SettingsError> {
        self.reloader.reload(|| {
            let mut settings = settings(database);
            change(&mut settings);
            Ok(settings)
        })
    }

    /// Waits until it is ready.
    pub fn wait_until_ready(&self) {
        self.readiness.wait(Duration::from_secs(120)).unwrap();
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// Why it ended, where it was not asked to.
    pub fn wait_until_it_ends(mut self) -> Result<(), StartError> {
        let thread = self.thread.take().unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while !thread.is_finished() {
            assert!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(20));
        }
        thread.join().unwrap()
    }

    fn run(settings: Settings, clock: Clock) -> Self {
        log::keep();
        let (started, start) = mpsc::channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async {
                let application = Application::build_with_clock(&settings, clock).unwrap();
                started
                    .send((
                        application.port(),
                        application.stop_handle(),
                        application.readiness().clone(),
                        application.reloader().clone(),
                    ))
                    .unwrap();
                application.run_until_stopped().await
            })
        });
        let (port, stop, readiness, reloader) = start.recv().unwrap();
        Self {
            port,
            stop,
            readiness,
            reloader,
            thread: Some(thread),
        }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The path of the export of [`PROJECT`], with a query.
    pub fn export_path(query: &str) -> String {
        format!("/v2/{PROJECT}/connections/desktops/export?{query}")
    }

    /// GETs an export of [`PROJECT`] with its token, by a real client.
    pub fn export(&self, query: &str) -> Answer {
        self.get(&Self::export_path(query), &[("X-Auth-Token", TOKEN)])
    }

    /// GETs a path, by a real client.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, b"")
    }

    /// POSTs JSON to a path, by a real client.
    pub fn post(&self, path: &str, token: &str, json: &serde_json::Value) -> Answer {
        let headers = [
            ("X-Auth-Token", token),
            ("Content-Type", "application/json"),
        ];
        self.send("POST", path, &headers, json.to_string().as_bytes())
    }

    /// The path where records of a project go in.
    pub fn record_path(project: &str) -> String {
        format!("/v2/{project}/connections/desktops")
    }

    /// POSTs records of [`PROJECT`] with its token, by a real client.
    pub fn record(&self, content_type: &str, body: &[u8]) -> Answer {
        self.record_encoded(content_type, "identity", body)
    }

    /// [`Service::record`] of a body that is compressed.
    pub fn record_encoded(&self, content_type: &str, encoding: &str, body: &[u8]) -> Answer {
        let headers = [
            ("X-Auth-Token", TOKEN),
            ("Content-Type", content_type),
            ("Content-Encoding", encoding),
        ];
        self.send("POST", &Self::record_path(PROJECT), &headers, body)
    }

    /// Sends a request, by a real client.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(120)))
            .build()
            .into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://127.0.0.1:{}{path}", self.port));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = agent.run(request.body(body).unwrap()).unwrap();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let body = response
            .body_mut()
            .with_config()
            .limit(u64::MAX)
            .read_to_vec()
            .unwrap();
        Answer {
            status: response.status().as_u16(),
            headers,
            body,
        }
    }

    /// Sends a request byte by byte as it is given, for what no client would send, and reads all of the answer.
    pub fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        // A service that refuses a request early may close before it has read all of it.
        let _ = stream.write_all(request);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        Answer::parse(&bytes)
    }

    /// Stops the service: with `gracefully`, exports may go on for a second.
    pub fn stop(&self, gracefully: bool) {
        System::new().block_on(self.stop.stop(gracefully));
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop(false);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            // A test that fails has said why.
            assert!(thread::panicking() || matches!(ended, Ok(Ok(()))));
        }
    }
}

impl Answer {
    /// Reads an answer as it came: its body is not taken out of its chunks.
    pub fn parse(bytes: &[u8]) -> Self {
        let split = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap();
        let head = std::str::from_utf8(&bytes[..split]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        Self {
            status,
            headers,
            body: bytes[split + 4..].to_vec(),
        }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        let (_, value) = values.next()?;
        assert!(values.next().is_none(), "{name} is there twice");
        Some(value)
    }

    /// The body, which is JSON.
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The code and the message of an error, which must be JSON and hold nothing else but, in a denial, its reason, and
    /// of a recording that stopped, up to which line it was recorded.
    pub fn error(&self) -> (String, String) {
        let json = self.error_fields();
        let field = |name: &str| json[name].as_str().unwrap().to_owned();
        let denied = json.contains_key("encoded_authorization_message");
        assert!(!denied || self.status == 403, "{json:?}");
        let recorded = json.contains_key("recorded_lines");
        let more = usize::from(denied) + usize::from(recorded);
        assert_eq!(json.len(), 2 + more, "{json:?}");
        (field("error_code"), field("error_msg"))
    }

    /// The sealed reason of a denial.
    pub fn authorization_message(&self) -> String {
        assert_eq!(self.status, 403);
        let json = self.error_fields();
        let message = &json["encoded_authorization_message"];
        message.as_str().unwrap().to_owned()
    }

    fn error_fields(&self) -> serde_json::Map<String, serde_json::Value> {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{text}"
        );
        serde_json::from_str(&text).unwrap()
    }
}

/// The settings that tests begin with.
fn settings(database: &Database) -> Settings {
    let mut settings = Settings::defaults().unwrap();
    database.url().clone_into(&mut settings.database.url);
    settings.server.listen = ([127, 0, 0, 1], 0).into();
    settings.tasks.storage = database.exports().display().to_string();
    settings.server.workers = 2;
    settings.server.shutdown_seconds = 1;
    settings.identity.tokens = vec![token(TOKEN, PROJECT, &["te_admin"])];
    settings
}

/// A token for the settings. Its user is named after its hash, since the name of a user is no secret.
pub fn token(token: &str, project: &str, roles: &[&str]) -> TokenSettings {
    let sha256 = hexadecimal(&Sha256::digest(token));
    TokenSettings {
        user: format!("user-{}", &sha256[..8]),
        sha256,
        project_id: project.to_owned(),
        roles: roles.iter().map(ToString::to_string).collect(),
    }
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// An access key for the settings.
pub fn access_key(id: &str, secret: &str, project: &str, roles: &[&str]) -> AccessKeySettings {
    AccessKeySettings {
        id: id.to_owned(),
        secret: secret.into(),
        user: format!("owner of {id}"),
        project_id: project.to_owned(),
        roles: roles.iter().map(ToString::to_string).collect(),
    }
}

/// A key that seals, of 32 times the same letter.
pub fn sealing_key(id: &str, letter: u8) -> SealingKeySettings {
    SealingKeySettings {
        id: id.to_owned(),
        key: Some(STANDARD.encode([letter; 32]).into()),
        key_file: None,
    }
}

/// A scope of a project, by the policy that anybody has.
pub fn scope(project: &str) -> ProjectScope {
    let project = ProjectId::new(project).unwrap();
    let principal = Principal::new("test", project.clone(), ["te_admin"]);
    Policy::default()
        .authorize(&principal, Action::ExportConnections, &project)
        .unwrap()
}

/// A text as it may stand in a URL: every byte percent-encoded.
pub fn percent_encode(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| {
        format!("{encoded}%{byte:02X}")
    })
}
