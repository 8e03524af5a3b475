//! Unix-domain sockets. They take no mark, so a connection's socket is known as the one that came while it was made: no other
//! is made meanwhile.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::{Connection as _, ConnectionError, ConnectionResult, PgConnection};

use super::Watched;
use crate::url;

/// What the names of the sockets hold that servers of PostgreSQL, and poolers, listen on.
const NAME: &str = ".s.PGSQL.";

/// The socket of a connection, by the number of its inode.
#[derive(Debug)]
pub(super) enum UnixSocket {
    /// It is being made: it is a socket that was not there before.
    New(BTreeSet<u64>),
    /// This one.
    Known(u64),
}

impl UnixSocket {
    /// Shuts it down, and returns how many were found.
    pub(super) fn shut_down(&self) -> std::io::Result<usize> {
        deskledger_platform::shut_down_unix(NAME, |inode| match self {
            Self::New(before) => !before.contains(&inode),
            Self::Known(known) => inode == *known,
        })
    }
}

/// The right to make a connection. Of those to servers that may have Unix-domain sockets there is one.
pub(in super::super) struct Turn {
    is_one_of_many: bool,
}

static IS_TAKEN: Mutex<bool> = Mutex::new(false);
static FREE: Condvar = Condvar::new();

impl Turn {
    /// Waits for the right to connect to the server of a URL.
    ///
    /// # Errors
    /// When other connections take longer to be made than `patience`.
    pub(in super::super) fn wait(url: &str, patience: Duration) -> Result<Self, &'static str> {
        if !may_be_unix(url) {
            return Ok(Self {
                is_one_of_many: true,
            });
        }
        let deadline = Instant::now() + patience;
        let mut is_taken = IS_TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        while *is_taken {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err("other connections are being made for too long");
            }
            let woken = FREE.wait_timeout(is_taken, left);
            (is_taken, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
        *is_taken = true;
        Ok(Self {
            is_one_of_many: false,
        })
    }

    /// Makes the connection that is watched.
    ///
    /// # Errors
    /// When that fails.
    pub(in super::super) fn establish(
        self,
        url: &str,
        watched: &Watched,
    ) -> ConnectionResult<PgConnection> {
        if self.is_one_of_many {
            return PgConnection::establish(url);
        }
        let before = sockets()?;
        watched.set_unix_socket(Some(UnixSocket::New(before.clone())));
        let connection = PgConnection::establish(url);
        let mut new = sockets()?
            .into_iter()
            .filter(|inode| !before.contains(inode));
        // Where the connection came to be TCP after all, there is no new one. Then its mark is known.
        let socket = match (new.next(), new.next()) {
            (Some(inode), None) => Some(UnixSocket::Known(inode)),
            _ => None,
        };
        watched.set_unix_socket(socket);
        connection
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.is_one_of_many {
            *IS_TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = false;
            FREE.notify_one();
        }
    }
}

fn sockets() -> ConnectionResult<BTreeSet<u64>> {
    deskledger_platform::unix_sockets(NAME)
        .map_err(|error| ConnectionError::BadConnection(error.to_string()))
}

/// Whether libpq may find a Unix-domain socket by a URL. Where it names no host, the environment or a service file may.
fn may_be_unix(url: &str) -> bool {
    let given = |name| url::parameters(url).filter(move |(found, _)| *found == name);
    let last = |name| given(name).map(|(_, value)| value).last();
    if last("hostaddr").is_some_and(|addresses| !addresses.is_empty()) {
        return false;
    }
    let authority = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?']).next())
        .unwrap_or_default();
    let of_authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, hosts)| hosts);
    let hosts = last("host").unwrap_or(of_authority);
    hosts.split(',').any(|host| {
        let is_folder = ["/", "@", "%2F", "%2f", "%40"]
            .iter()
            .any(|beginning| host.starts_with(beginning));
        is_folder || host.is_empty() || host.starts_with(':')
    })
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::unwrap_used, reason = "a test panics when it fails")]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixListener;
    use std::sync::Arc;
    use std::thread;

    use diesel::connection::SimpleConnection as _;

    use super::super::Patience;
    use super::*;

    /// A server on a Unix-domain socket that confirms so many statements, and then says nothing any more. Returns its URL.
    fn server(folder: &std::path::Path, statements: usize) -> String {
        let socket = UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap();
        thread::spawn(move || {
            let (mut client, _) = socket.accept().unwrap();
            let mut bytes = [0; 4096];
            assert!(client.read(&mut bytes).unwrap() > 0);
            // Nobody has to prove who they are, and the server is ready.
            client
                .write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I")
                .unwrap();
            for _ in 0..statements {
                assert!(client.read(&mut bytes).unwrap() > 0);
                client.write_all(b"C\0\0\0\x08SET\0Z\0\0\0\x05I").unwrap();
            }
            // Until the client has left.
            while client.read(&mut bytes).is_ok_and(|bytes| bytes > 0) {}
        });
        let folder = folder.to_str().unwrap().replace('/', "%2F");
        format!("postgres://u@{folder}/d?connect_timeout=60")
    }

    fn watched(url: &str) -> Arc<Watched> {
        Watched::begin(&Arc::from(url), None).unwrap()
    }

    #[test]
    fn a_frozen_server_is_not_waited_for_on_a_unix_domain_socket_either() {
        let limit = Patience::Short(Duration::from_secs(1));
        // While the connection is made, by libpq and by Diesel, and when it is there.
        for statements in [0, 1, 100] {
            let folder = tempfile::tempdir().unwrap();
            let url = server(folder.path(), statements);
            let watched = watched(&url);
            let turn = Turn::wait(&url, Duration::from_secs(60)).unwrap();
            let begin = Instant::now();
            let connection = watched.during(limit, || turn.establish(&url, &watched));
            assert_eq!(connection.is_ok(), statements == 100);
            if let Ok(mut connection) = connection {
                assert!(matches!(
                    *watched.unix_socket.lock().unwrap(),
                    Some(UnixSocket::Known(_))
                ));
                let mut answered = 0;
                watched.during(limit, || {
                    while connection.batch_execute("SELECT 1").is_ok() {
                        answered += 1;
                        watched.apart(|| {});
                    }
                });
                assert!(answered < 100);
            }
            assert!(watched.is_cut());
            assert!(begin.elapsed() < Duration::from_secs(30));
        }
    }

    #[test]
    fn connections_by_unix_domain_sockets_are_made_one_after_the_other() {
        let url = "postgres:///d";
        let turn = Turn::wait(url, Duration::from_secs(60)).unwrap();
        assert!(Turn::wait(url, Duration::from_millis(10)).is_err());
        assert!(Turn::wait("postgres://127.0.0.1/d", Duration::ZERO).is_ok());
        drop(turn);
        assert!(Turn::wait(url, Duration::from_secs(60)).is_ok());
    }

    #[test]
    fn a_url_that_may_lead_to_a_unix_domain_socket_is_recognised() {
        for url in [
            "postgres:///d",
            "postgres://u:p@/d",
            "postgres://:5433/d",
            "postgres://%2Frun%2Fpostgresql/d",
            "postgres:///d?host=/run/postgresql",
            "postgres://u@h/d?host=@abstract",
            "postgres://h,%2Ftmp/d",
            "postgres://?service=s",
        ] {
            assert!(may_be_unix(url), "{url}");
        }
        for url in [
            "postgres://h/d",
            "postgres://u:p@h:1,i:2/d",
            "postgres://[::1]:5432/d",
            "postgres:///d?host=h",
            "postgres:///d?hostaddr=127.0.0.1",
        ] {
            assert!(!may_be_unix(url), "{url}");
        }
    }
}
