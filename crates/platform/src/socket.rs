//! Shuts down a TCP connection that a library holds and does not hand out.
//!
//! libpq blocks while it waits for its server, and Diesel gives no access to its socket. But libpq sets `TCP_USER_TIMEOUT`
//! to what its parameter says, to the millisecond, before it connects. A number that no other connection has is
//! therefore a *mark*, by which the socket is found among the descriptors of the process.

use std::io;
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
    for entry in std::fs::read_dir("/proc/self/fd")? {
        // Descriptors come and go meanwhile.
        let Ok(entry) = entry else { continue };
        let Some(descriptor) = socket(&entry) else {
            continue;
        };
        let socket = socket2::SockRef::from(&descriptor);
        if socket.tcp_user_timeout().ok().flatten() == Some(mark) {
            // One that is not connected any more needs no end.
            let _ = socket.shutdown(Shutdown::Both);
            found += 1;
        }
    }
    Ok(found)
}

/// Shuts down nothing: see the other one.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn shut_down(_: Duration) -> io::Result<usize> {
    Ok(0)
}

/// A descriptor of our own for the socket that an entry of `/proc/self/fd` names; `None` where it is no socket, or gone.
///
/// What it stands for is asked of the duplicate alone, so that it does not matter whether the number meanwhile came to
/// stand for something else.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "the standard library duplicates no descriptor that is known by its number"
)]
fn socket(entry: &std::fs::DirEntry) -> Option<std::os::fd::OwnedFd> {
    use std::os::fd::{BorrowedFd, RawFd};

    let target = std::fs::read_link(entry.path()).ok()?;
    if !target.to_str()?.starts_with("socket:") {
        return None;
    }
    let number: RawFd = entry.file_name().to_str()?.parse().ok()?;
    if number < 0 {
        return None;
    }
    // SAFETY: the number is not -1. The descriptor is borrowed for the one call that duplicates it, which neither reads,
    // writes nor closes. Where its owner closes it first, the call fails with EBADF, or duplicates what has the number now;
    // such a duplicate is looked at and closed, which changes nothing for its owner.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    borrowed.try_clone_to_owned().ok()
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
