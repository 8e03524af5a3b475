//! A process of the real `deskledger` program.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long anything here may take. It is much longer than it takes: a test that waits so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const SETTINGS: &str = r#"
[server]
listen = "127.0.0.1:0"
[logging]
format = "json"
"#;

/// Makes standard input the first socket that is handed over, as systemd does it.
const HAND_OVER: &str = "exec 3<&0 0</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$";

/// A process of the service, killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
    _folder: TempDir,
}

impl Process {
    /// Starts it with some of its environment, and waits until it listens.
    pub(crate) fn start(environment: &[(&str, &str)]) -> Self {
        Self::start_by(":", environment)
    }

    /// [`Process::start`] by a shell that does something before.
    pub(crate) fn start_by(before: &str, environment: &[(&str, &str)]) -> Self {
        Self::spawn(before, environment, Stdio::null())
    }

    /// Starts it on a socket that listens already.
    pub(crate) fn start_on(socket: &TcpListener) -> Self {
        let socket = OwnedFd::from(socket.try_clone().unwrap());
        Self::spawn(HAND_OVER, &[], socket.into())
    }

    /// What it says where it is started on a socket that does not serve.
    pub(crate) fn refusal_of(socket: OwnedFd) -> String {
        let output = Command::new("sh")
            .args(["-c", &format!("{HAND_OVER}; exec \"$0\" serve")])
            .arg(env!("CARGO_BIN_EXE_deskledger"))
            .env("DESKLEDGER__DATABASE__URL", "sqlite:///nowhere/records")
            .stdin(Stdio::from(socket))
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    fn spawn(before: &str, environment: &[(&str, &str)], input: Stdio) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("settings.toml");
        let mut file = std::fs::File::create(&settings).unwrap();
        file.write_all(SETTINGS.as_bytes()).unwrap();
        let database = folder.path().join("records.sqlite3");
        let mut child = Command::new("sh")
            .args([
                "-c",
                &format!("{before}; exec \"$0\" serve --config \"$1\""),
            ])
            .arg(env!("CARGO_BIN_EXE_deskledger"))
            .arg(&settings)
            .env(
                "DESKLEDGER__DATABASE__URL",
                format!("sqlite://{}", database.display()),
            )
            .envs(environment.iter().copied())
            .stdin(input)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut kept = Vec::new();
        let address = lines.by_ref().map(Result::unwrap).find_map(|line| {
            kept.push(line.clone());
            let (_, address) = line.split_once(r#""address":""#)?;
            address.split('"').next().unwrap().parse().ok()
        });
        assert!(address.is_some(), "it does not start: {kept:?}");
        let address = address.unwrap();
        // Somebody must read the log, or the process would wait.
        let log = Arc::new(Mutex::new(kept));
        let kept = Arc::clone(&log);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
        Self {
            child,
            address,
            log,
            _folder: folder,
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether a line of its log holds a text.
    pub(crate) fn logged(&self, text: &str) -> bool {
        let log = self.log.lock().unwrap();
        log.iter().any(|line| line.contains(text))
    }

    /// A line of its log, by its position.
    pub(crate) fn line(&self, position: usize) -> String {
        self.log.lock().unwrap()[position].clone()
    }

    /// How many descriptors it has.
    pub(crate) fn descriptors(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.child.id());
        std::fs::read_dir(folder).unwrap().count()
    }

    /// How many of its descriptors are sockets: the others are files, of the database among them, which opens them when it likes.
    pub(crate) fn sockets(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.child.id());
        let entries = std::fs::read_dir(folder).unwrap();
        let targets = entries.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
        targets
            .filter(|target| target.to_string_lossy().starts_with("socket:"))
            .count()
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(asked.success());
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "it does not stop: {:?}",
                self.log
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
