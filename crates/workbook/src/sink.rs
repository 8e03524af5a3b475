//! The caller's sink, and how many bytes it took.

use std::io::{self, ErrorKind, Write};

/// A sink that counts.
#[derive(Debug)]
pub(crate) struct CountingSink<W> {
    inner: W,
    bytes: u64,
}

impl<W> CountingSink<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, bytes: 0 }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> CountingSink<W> {
    /// Writes all of it. Unlike [`Write::write_all`] it does not panic when the sink claims more than it was given.
    pub(crate) fn write_all(&mut self, mut buffer: &[u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            let written = match self.inner.write(buffer) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => written,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            buffer = buffer
                .get(written..)
                .ok_or_else(|| io::Error::other("the sink took more bytes than it was given"))?;
            self.bytes += u64::try_from(written).unwrap_or(u64::MAX);
        }
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_that_takes_nothing_failed() {
        let mut sink = CountingSink::new([0_u8; 0].as_mut_slice());
        let error = sink.write_all(b"a").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WriteZero);
        assert_eq!(sink.bytes(), 0);
    }
}
