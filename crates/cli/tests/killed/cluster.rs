use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::{Connection as _, PgConnection};
use tempfile::TempDir;

/// A PostgreSQL of a test's own, whose data survive a crash: it can be killed and started again, and disturbs no other test.
pub(crate) struct Cluster {
    programs: PathBuf,
    /// Whom the server runs as: it refuses to be root.
    user: Option<(u32, u32)>,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    server: Child,
}

impl Cluster {
    /// Makes one, with the settings that PostgreSQL has by itself, and starts it.
    pub(crate) fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres");
        let programs = PathBuf::from(output(Command::new(script).arg("find")));
        let user = unprivileged_user();
        let folder = TempDir::new().unwrap();
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let mut initdb = Command::new(programs.join("initdb"));
        initdb
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--pgdata",
            ])
            .arg(folder.path().join("data"));
        output(as_user(&mut initdb, user).current_dir(folder.path()));
        Self::serve(programs, user, folder, &[])
    }

    /// A server that follows this one, and takes queries: a streaming replica. `settings` are its own, such as `a=b`.
    pub(crate) fn replica(&self, settings: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        if let Some((user, group)) = self.user {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let mut backup = Command::new(self.programs.join("pg_basebackup"));
        backup
            .args([
                "--checkpoint=fast",
                "--wal-method=stream",
                "--write-recovery-conf",
                "--no-sync",
            ])
            .args(["--dbname", &self.url(), "--pgdata"])
            .arg(folder.path().join("data"));
        output(as_user(&mut backup, self.user).current_dir(folder.path()));
        Self::serve(self.programs.clone(), self.user, folder, settings)
    }

    /// Starts a server on the data that are in a folder.
    fn serve(
        programs: PathBuf,
        user: Option<(u32, u32)>,
        folder: TempDir,
        settings: &[&str],
    ) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let settings: Vec<_> = settings.iter().map(|&setting| setting.to_owned()).collect();
        let server = server(&programs, user, &folder, port, &settings);
        let mut cluster = Self {
            programs,
            user,
            folder,
            port,
            settings,
            server,
        };
        cluster.wait();
        cluster
    }

    /// The URL of an empty database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Has the server run statements, and returns what the last one answers, as a text.
    pub(crate) fn sql(&self, statements: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"])
            .args([
                "--set",
                "ON_ERROR_STOP=1",
                "--command",
                statements,
                &self.url(),
            ]);
        output(&mut psql)
    }

    /// Kills the server, as `kill -9` does, and starts it again: it recovers by what is on the disk.
    pub(crate) fn kill_and_start(&mut self) {
        self.kill();
        self.start_again();
    }

    /// Kills the server, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Starts the server that was killed.
    pub(crate) fn start_again(&mut self) {
        self.server = self.begin();
        self.wait();
    }

    fn begin(&self) -> Child {
        server(
            &self.programs,
            self.user,
            &self.folder,
            self.port,
            &self.settings,
        )
    }

    /// Stops all processes of the server where they are (`STOP`), or lets them go on (`CONT`).
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.server.id();
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(pid.to_string())
            .args(children(pid))
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits until the server answers. One that finds processes of the killed one gives up, and is started again.
    fn wait(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while PgConnection::establish(&self.url()).is_err() {
            assert!(Instant::now() < deadline, "the server does not come up");
            if self.server.try_wait().unwrap().is_some() {
                self.server = self.begin();
            }
            sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The processes that a process has started.
fn children(parent: u32) -> Vec<String> {
    let is_child = |pid: &String| {
        // `pid (name) state parent …`, and a name may hold anything.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after = stat.rsplit_once(") ").map(|(_, after)| after.to_owned());
        let found = after.and_then(|after| after.split(' ').nth(1)?.parse().ok());
        found == Some(parent)
    };
    let entries = std::fs::read_dir("/proc").unwrap();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let pids = names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    pids.filter(is_child).collect()
}

fn server(
    programs: &Path,
    user: Option<(u32, u32)>,
    folder: &TempDir,
    port: u16,
    settings: &[String],
) -> Child {
    let mut server = Command::new(programs.join("postgres"));
    server
        .arg("-D")
        .arg(folder.path().join("data"))
        .args([
            "-p",
            &port.to_string(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
        ])
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    as_user(&mut server, user).spawn().unwrap()
}

fn as_user(command: &mut Command, user: Option<(u32, u32)>) -> &mut Command {
    match user {
        Some((user, group)) => command.uid(user).gid(group),
        None => command,
    }
}

/// For root: a user that a server may run as, and its group.
fn unprivileged_user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().unwrap();
        String::from_utf8(output.stdout)
            .unwrap()
            .trim()
            .parse()
            .ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| Some((id(&["-u", name])?, id(&["-g", name])?)))
}

/// What a program writes, which must succeed.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
