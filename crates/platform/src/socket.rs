//! Shuts down a TCP connection that a library holds and does not hand out.
//!
//! libpq blocks while it waits for its server, and Diesel gives no access to its socket. But libpq sets `TCP_USER_TIMEOUT`
//! to what its parameter says, to the millisecond, before it connects. A number that no other connection has is
//! therefore a *mark*, by which the socket is found among the descriptors of the process.
//!
//! A Unix-domain socket takes no mark. It is known by the name that its server listens on and the number of its inode.

use std::collections::BTreeSet;
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;
use std::time::Duration;

/// Shuts down, in both directions, every TCP socket of this process whose `TCP_USER_TIMEOUT` is `mark`, and returns how many
/// those were. A thread that waits for one of them gets an end of file, or a broken pipe, at once.
///
/// Only Linux has the list of descriptors and the option. Elsewhere nothing is found.
///
/// # Errors
/// When the list of descriptors cannot be read.
#[cfg(target_os = "linux")]
pub fn shut_down(mark: Duration) -> io::Result<usize> {
    use std::net::Shutdown;

    let mut found = 0;
    for (_, descriptor) in sockets()? {
        let socket = socket2::SockRef::from(&descriptor);
        if socket.tcp_user_timeout().ok().flatten() == Some(mark) {
            // One that is not connected any more needs no end.
            let _ = socket.shutdown(Shutdown::Both);
            found += 1;
        }
    }
    Ok(found)
}

/// The Unix-domain sockets of this process whose servers listen on a name that holds `name`: the numbers of their inodes, which
/// no other has as long as one is open.
///
/// # Errors
/// When the list of descriptors cannot be read.
#[cfg(target_os = "linux")]
pub fn unix_sockets(name: &str) -> io::Result<BTreeSet<u64>> {
    let found = sockets()?.filter(|(_, socket)| leads_to(socket, name));
    Ok(found.map(|(inode, _)| inode).collect())
}

/// Shuts down, in both directions, those of [`unix_sockets`] that are meant, and returns how many those were.
///
/// # Errors
/// When the list of descriptors cannot be read.
#[cfg(target_os = "linux")]
pub fn shut_down_unix(name: &str, is_meant: impl Fn(u64) -> bool) -> io::Result<usize> {
    use std::net::Shutdown;

    let mut found = 0;
    for (inode, descriptor) in sockets()? {
        if is_meant(inode) && leads_to(&descriptor, name) {
            let _ = socket2::SockRef::from(&descriptor).shutdown(Shutdown::Both);
            found += 1;
        }
    }
    Ok(found)
}

/// Whether the server at the other end of a Unix-domain socket listens on a name that holds `name`.
#[cfg(target_os = "linux")]
fn leads_to(socket: &OwnedFd, name: &str) -> bool {
    let Ok(peer) = socket2::SockRef::from(socket).peer_addr() else {
        return false;
    };
    let path = peer
        .as_pathname()
        .map(|path| path.as_os_str().as_encoded_bytes());
    let bytes = path.or_else(|| peer.as_abstract_namespace());
    bytes.is_some_and(|bytes| {
        let mut windows = bytes.windows(name.len());
        windows.any(|window| window == name.as_bytes())
    })
}

/// The sockets of this process: the number of the inode of each, and a descriptor of our own.
#[cfg(target_os = "linux")]
fn sockets() -> io::Result<impl Iterator<Item = (u64, OwnedFd)>> {
    // Descriptors come and go meanwhile.
    let entries = std::fs::read_dir("/proc/self/fd")?.filter_map(Result::ok);
    Ok(entries.filter_map(|entry| socket(&entry)))
}

/// Shuts down nothing: see the other one.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn shut_down(_: Duration) -> io::Result<usize> {
    Ok(0)
}

/// Finds nothing: see the other one.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn unix_sockets(_: &str) -> io::Result<BTreeSet<u64>> {
    Ok(BTreeSet::new())
}

/// Shuts down nothing: see the other one.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn shut_down_unix(_: &str, _: impl Fn(u64) -> bool) -> io::Result<usize> {
    Ok(0)
}

/// The inode of the socket that an entry of `/proc/self/fd` names, and a descriptor of our own for it; `None` where it is no
/// socket, or gone.
///
/// What it stands for is asked of the duplicate alone, so that it does not matter whether the number meanwhile came to
/// stand for something else.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "the standard library duplicates no descriptor that is known by its number"
)]
fn socket(entry: &std::fs::DirEntry) -> Option<(u64, OwnedFd)> {
    use std::os::fd::{BorrowedFd, RawFd};

    let target = std::fs::read_link(entry.path()).ok()?;
    let inode = target.to_str()?.strip_prefix("socket:[")?;
    let inode = inode.strip_suffix(']')?.parse().ok()?;
    let number: RawFd = entry.file_name().to_str()?.parse().ok()?;
    if number < 0 {
        return None;
    }
    // SAFETY: the number is not -1. The descriptor is borrowed for the one call that duplicates it, which neither reads,
    // writes nor closes. Where its owner closes it first, the call fails with EBADF, or duplicates what has the number now;
    // such a duplicate is looked at and closed, which changes nothing for its owner.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    Some((inode, borrowed.try_clone_to_owned().ok()?))
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::unwrap_used, reason = "a test panics when it fails")]
mod tests {
    use std::io::Read as _;
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use super::*;

    fn marked(server: &TcpListener, mark: Duration) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        socket2::SockRef::from(&client)
            .set_tcp_user_timeout(Some(mark))
            .unwrap();
        (client, server.accept().unwrap().0)
    }

    #[test]
    fn the_marked_socket_alone_ends_and_its_reader_wakes() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let mark = Duration::from_millis(61_234);
        let (mut stuck, _of_stuck) = marked(&server, mark);
        let (other, _of_other) = marked(&server, Duration::from_millis(61_235));
        let reader = thread::spawn(move || stuck.read(&mut [0]).unwrap());
        assert_eq!(shut_down(mark).unwrap(), 1);
        assert_eq!(reader.join().unwrap(), 0);
        other.set_nonblocking(true).unwrap();
        assert_eq!(
            (&other).read(&mut [0]).unwrap_err().kind(),
            io::ErrorKind::WouldBlock
        );
    }

    #[test]
    fn a_mark_that_nobody_has_ends_nothing() {
        assert_eq!(shut_down(Duration::from_millis(61_236)).unwrap(), 0);
    }
}
