//! The caller's sink, watched: how many bytes it took and whether it failed.

use std::io::{self, ErrorKind, Write};

/// A sink that counts, keeps its first error, and never gets another byte after it.
#[derive(Debug)]
pub(crate) struct WatchedSink<W> {
    inner: W,
    bytes: u64,
    failure: Option<io::Error>,
    /// Set while the sink works, so that it stays set when that breaks.
    closed: bool,
}

impl<W> WatchedSink<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            bytes: 0,
            failure: None,
            closed: false,
        }
    }

    pub(crate) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// The sink itself and the bytes it took.
    pub(crate) fn into_parts(self) -> (W, u64) {
        (self.inner, self.bytes)
    }

    /// Keeps the error for the caller and makes one like it for the ZIP writer.
    fn fail(&mut self, error: io::Error) -> io::Error {
        let kind = error.kind();
        self.failure = Some(error);
        io::Error::from(kind)
    }
}

impl<W: Write> Write for WatchedSink<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.closed {
            // The ZIP writer finishes its archive when it is dropped. Swallowed here, the end cannot make a broken file
            // look whole, the ZIP writer does not complain on standard error, and a sink that panicked does not panic
            // again while the first panic unwinds.
            return Ok(buffer.len());
        }
        self.closed = true;
        let written = match self.inner.write(buffer) {
            Ok(0) if !buffer.is_empty() => return Err(self.fail(ErrorKind::WriteZero.into())),
            Ok(written) if written > buffer.len() => {
                let error = io::Error::other("the sink took more bytes than it was given");
                return Err(self.fail(error));
            }
            Ok(written) => {
                self.bytes += u64::try_from(written).unwrap_or(u64::MAX);
                Ok(written)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) => return Err(self.fail(error)),
        };
        self.closed = false;
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        self.closed = true;
        self.inner.flush().map_err(|error| self.fail(error))?;
        self.closed = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes one byte, fails, and would take all again.
    struct Hiccup(Vec<u8>, bool);

    impl Write for Hiccup {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            if self.0.len() == 1 && !self.1 {
                self.1 = true;
                return Err(io::Error::other("hiccup"));
            }
            self.0.extend(&buffer[..1]);
            Ok(1)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_sink_that_failed_once_gets_no_further_byte() {
        let mut sink = WatchedSink::new(Hiccup(Vec::new(), false));
        assert!(sink.write_all(b"ab").is_err());
        assert!(sink.write_all(b"cd").is_ok());
        assert_eq!(sink.take_failure().unwrap().to_string(), "hiccup");
        let (inner, bytes) = sink.into_parts();
        assert_eq!((inner.0.as_slice(), bytes), (b"a".as_slice(), 1));
    }

    #[test]
    fn a_sink_that_takes_nothing_failed() {
        let mut sink = WatchedSink::new([0_u8; 0].as_mut_slice());
        assert!(sink.write_all(b"a").is_err());
        assert_eq!(sink.take_failure().unwrap().kind(), ErrorKind::WriteZero);
    }
}
