//! A process of the real `deskledger` program, and the database that it works on.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use deskledger_domain::{
    Action, AuditQuery, ConnectionEvent, ConnectionRecord, ExportAudit, MAX_TEXT_CHARS, Policy,
    Principal, ProjectId, RecordFields, parse_time,
};
use deskledger_store::{Database, StoreSettings};
use tempfile::NamedTempFile;

use crate::database::TestDatabase;

/// The project of the token.
pub(crate) const PROJECT: &str = "p1";

/// The SHA-256 of "foo".
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
[limits]
record_batch = 50
"#;

/// A process of the service, killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    address: String,
    log: Arc<Mutex<Vec<String>>>,
    settings: NamedTempFile,
}

impl Process {
    /// Starts it over a database, and waits until it is ready.
    pub(crate) fn start(url: &str) -> Self {
        Self::start_with(url, &[])
    }

    /// A process with more in its environment.
    pub(crate) fn start_with(url: &str, environment: &[(&str, &str)]) -> Self {
        Self::start_with_settings(url, environment, "")
    }

    /// A process with more in its environment, and at the end of its settings.
    pub(crate) fn start_with_settings(url: &str, environment: &[(&str, &str)], more: &str) -> Self {
        let mut settings = NamedTempFile::new().unwrap();
        write!(settings, "{SETTINGS}{more}").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_deskledger"))
            .args(["serve", "--config"])
            .arg(settings.path())
            .env("DESKLEDGER__DATABASE__URL", url)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = log
            .by_ref()
            .find_map(|line| {
                let line = line.unwrap();
                let (_, address) = line.split_once(r#""address":""#)?;
                Some(address.split('"').next().unwrap().to_owned())
            })
            .unwrap();
        // Somebody must read the log, or the process would wait.
        let kept = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&kept);
        std::thread::spawn(move || log.for_each(|line| lines.lock().unwrap().push(line.unwrap())));
        let process = Self {
            child,
            address,
            log: kept,
            settings,
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        while process.get("/health/ready").0 != 200 {
            assert!(Instant::now() < deadline, "the service does not get ready");
            std::thread::sleep(Duration::from_millis(20));
        }
        process
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// How many lines of the log hold a text.
    pub(crate) fn logged(&self, text: &str) -> usize {
        self.lines(text).len()
    }

    /// The lines of the log that hold a text.
    pub(crate) fn lines(&self, text: &str) -> Vec<String> {
        let lines = self.log.lock().unwrap();
        let holding = lines.iter().filter(|line| line.contains(text));
        holding.cloned().collect()
    }

    /// GETs a path with the token of [`PROJECT`]: status and body.
    pub(crate) fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let url = format!("http://{}{path}", self.address);
        let mut answer = agent.get(url).header("X-Auth-Token", "foo").call().unwrap();
        let body = answer
            .body_mut()
            .with_config()
            .limit(u64::MAX)
            .read_to_vec();
        (answer.status().as_u16(), body.unwrap())
    }

    /// A client that asked for an export, got the first bytes, and takes no more.
    pub(crate) fn idle_client(&self) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let path = format!("/v2/{PROJECT}/connections/desktops/export");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: foo\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
        stream
    }

    /// Replaces its settings, which it does not notice by itself.
    pub(crate) fn write_settings(&self, change: impl FnOnce(&str) -> String) {
        std::fs::write(self.settings.path(), change(SETTINGS)).unwrap();
    }

    /// Replaces the file of its settings by a pipe that nobody writes to.
    pub(crate) fn settings_become_a_pipe(&self) {
        std::fs::remove_file(self.settings.path()).unwrap();
        make_pipe(self.settings.path());
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Ends it as an operator does, within ten seconds.
    pub(crate) fn terminate(&mut self) {
        self.signal("-TERM");
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends it SIGHUP, and waits until its log holds a text so many times.
    pub(crate) fn hang_up(&self, text: &str, times: usize) {
        self.signal("-HUP");
        self.wait_for(text, times);
    }

    /// The lines of the log that hold a text, once there are so many: a thread of its own writes the log, after the answer.
    pub(crate) fn wait_for(&self, text: &str, times: usize) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.logged(text) < times {
            assert!(Instant::now() < deadline, "no line {text}");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.lines(text)
    }

    /// Kills it, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A pipe that nobody writes to: what opens it to read waits for ever.
pub(crate) fn make_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// Records whose workbook has about two kilobytes for each.
pub(crate) fn fill(database: &TestDatabase, records: u32) {
    let store = Database::open(&StoreSettings::new(database.url()))
        .unwrap()
        .records();
    store.migrate().unwrap();
    let start = parse_time("2020-04-24T03:02:47Z").unwrap();
    let mut state = 7_u64;
    let mut text = || {
        let characters = (0..MAX_TEXT_CHARS).map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b'0' + (state >> 58) as u8)
        });
        Some(characters.collect())
    };
    let records: Vec<_> = (0..records)
        .map(|number| {
            let fields = RecordFields {
                sid: text(),
                computer_name: text(),
                user_name: text(),
                terminal_name: text(),
                terminal_type: text(),
                client_version: text(),
                agent_version: text(),
                desktop_id: text(),
                source_ip: text(),
                public_ip: text(),
                ..RecordFields::new(number.to_string(), start)
            };
            let record = ConnectionRecord::new(ProjectId::new(PROJECT).unwrap(), fields);
            ConnectionEvent::from(record.unwrap())
        })
        .collect();
    store.write(&records).unwrap();
}

/// All audits, newest first.
pub(crate) fn audits(database: &TestDatabase) -> Vec<ExportAudit> {
    let project = ProjectId::new(PROJECT).unwrap();
    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    let scope = Policy::default().authorize(&principal, Action::ListExportAudits, &project);
    let filter = AuditQuery::from_pairs([("limit", "1000")])
        .unwrap()
        .into_filter(scope.unwrap())
        .unwrap();
    let audits = Database::open(&StoreSettings::new(database.url()))
        .unwrap()
        .audits();
    audits.list(&filter).unwrap().audits
}
