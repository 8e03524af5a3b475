//! What a command writes to as it goes: standard output, a FIFO, a device. A signal ends the wait for a reader.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// What is written to as it is, and never replaced.
pub(crate) struct Stream {
    file: File,
    /// Whether a write may wait for a reader.
    may_wait: bool,
}

/// The most bytes that are written at once where a write may wait: a pipe that takes any takes so many (POSIX, `PIPE_BUF`
/// on Linux).
const WITHOUT_WAITING: usize = 4096;

#[cfg(unix)]
impl Stream {
    /// Standard output.
    ///
    /// # Errors
    /// When the system has no descriptor left.
    pub(crate) fn of(output: &io::Stdout) -> io::Result<Self> {
        use std::os::fd::AsFd as _;

        Self::new(output.as_fd().try_clone_to_owned()?.into())
    }

    /// Something that exists and is no regular file. A FIFO is opened once it has a reader.
    ///
    /// # Errors
    /// When it cannot be opened, or a signal asks the process to end meanwhile.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};

        use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
        use rustix::io::Errno;

        let is_fifo = path.metadata()?.file_type().is_fifo();
        let mut options = File::options();
        options.write(true);
        if !is_fifo {
            return Self::new(options.open(path)?);
        }
        // To wait for the reader in the call that opens would be a wait that no signal ends.
        options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
        let file = loop {
            match options.open(path) {
                Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {
                    check_signals()?;
                    std::thread::sleep(LOOK);
                }
                opened => break opened?,
            }
        };
        fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
        Self::new(file)
    }

    fn new(file: File) -> io::Result<Self> {
        let may_wait = !file.metadata()?.is_file();
        Ok(Self { file, may_wait })
    }

    /// Waits until something can be written without waiting.
    fn wait(&self) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        use rustix::io::Errno;

        let look = Timespec::try_from(LOOK).map_err(io::Error::other)?;
        loop {
            check_signals()?;
            match poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], Some(&look)) {
                Ok(0) | Err(Errno::INTR) => {}
                // What is wrong with it, the write says.
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// How often a wait looks whether a signal asked the process to end.
#[cfg(unix)]
const LOOK: std::time::Duration = std::time::Duration::from_millis(50);

#[cfg(unix)]
fn check_signals() -> io::Result<()> {
    if crate::interrupt::is_asked_to_end() {
        return Err(io::Error::other("a signal asked the command to end"));
    }
    Ok(())
}

#[cfg(not(unix))]
impl Stream {
    /// Standard output.
    ///
    /// # Errors
    /// Always: it is known by no name here.
    pub(crate) fn of(_: &io::Stdout) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Something that exists and is no regular file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().write(true).open(path)?;
        let may_wait = false;
        Ok(Self { file, may_wait })
    }

    fn wait(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.may_wait {
            return self.file.write(bytes);
        }
        self.wait()?;
        let length = bytes.len().min(WITHOUT_WAITING);
        self.file.write(&bytes[..length])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
