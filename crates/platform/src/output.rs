//! Whether standard output was closed when the process began, as `>&-` in a shell closes it.
//!
//! The runtime of Rust opens `/dev/null` in its place before `main`, so that no other file gets the number of standard output.
//! From then on what is written is lost and no call fails. So this is looked at before, while the program is loaded.

use std::sync::atomic::{AtomicBool, Ordering};

static WAS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether standard output was closed when the process began. Only Linux is asked; elsewhere it counts as open.
pub fn standard_output_was_closed() -> bool {
    WAS_CLOSED.load(Ordering::Relaxed)
}

#[cfg(target_os = "linux")]
extern "C" fn look() {
    let flags = rustix::io::fcntl_getfd(rustix::stdio::stdout());
    WAS_CLOSED.store(flags == Err(rustix::io::Errno::BADF), Ordering::Relaxed);
}

// SAFETY: the loader calls each function of `.init_array` once, in the one thread there is, before `main`. It passes arguments,
// which a function of the C ABI may ignore. `look` needs nothing that Rust's runtime sets up: it makes one system call and
// stores a byte, and it cannot panic.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "nothing safe runs before Rust's runtime")]
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;
