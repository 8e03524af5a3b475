use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Coding;

/// The level of both: the fastest. What is written is text that repeats itself, which a higher level hardly makes smaller.
const LEVEL: u8 = 1;

/// Compresses what is written into it on its way into a sink.
///
/// Only [`Encoder::finish`] writes the end. One that is dropped before writes nothing more, so what a failure left is no
/// whole file.
pub(crate) struct Encoder<W: Write>(Inner<W>);

enum Inner<W: Write> {
    Identity(W),
    Gzip(GzEncoder<Gate<W>>),
    Zstd(zstd::Encoder<'static, W>),
    /// It was taken apart.
    Finished,
}

/// A sink that takes nothing more once it is closed: the encoder of flate2 writes the end of the file when it is dropped.
struct Gate<W> {
    sink: W,
    is_closed: bool,
}

impl<W: Write> Encoder<W> {
    /// # Errors
    /// When the system has no memory for it.
    pub(crate) fn new(coding: Coding, sink: W) -> io::Result<Self> {
        Ok(Self(match coding {
            Coding::Identity => Inner::Identity(sink),
            Coding::Gzip => {
                let gate = Gate {
                    sink,
                    is_closed: false,
                };
                Inner::Gzip(GzEncoder::new(gate, Compression::new(LEVEL.into())))
            }
            Coding::Zstd => Inner::Zstd(zstd::Encoder::new(sink, LEVEL.into())?),
        }))
    }

    /// Writes the end, and gives the sink back.
    ///
    /// # Errors
    /// When the sink fails.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        match std::mem::replace(&mut self.0, Inner::Finished) {
            Inner::Identity(sink) => Ok(sink),
            Inner::Gzip(mut encoder) => match encoder.try_finish() {
                Ok(()) => encoder.finish().map(|gate| gate.sink),
                Err(error) => {
                    encoder.get_mut().is_closed = true;
                    Err(error)
                }
            },
            Inner::Zstd(encoder) => encoder.finish(),
            Inner::Finished => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

impl<W: Write> Drop for Encoder<W> {
    fn drop(&mut self) {
        if let Inner::Gzip(encoder) = &mut self.0 {
            encoder.get_mut().is_closed = true;
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Identity(sink) => sink.write(bytes),
            Inner::Gzip(encoder) => encoder.write(bytes),
            Inner::Zstd(encoder) => encoder.write(bytes),
            Inner::Finished => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// What a compressor holds back stays there: its end writes it, and to flush it before would cost size.
    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Inner::Identity(sink) => sink.flush(),
            _ => Ok(()),
        }
    }
}

impl<W: Write> Write for Gate<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed {
            return Err(io::ErrorKind::NotConnected.into());
        }
        self.sink.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;
    use crate::http::coding::compress;

    const CODINGS: [Coding; 3] = [Coding::Identity, Coding::Gzip, Coding::Zstd];

    fn decode(coding: Coding, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        match coding {
            Coding::Identity => plain.extend_from_slice(bytes),
            Coding::Gzip => drop(GzDecoder::new(bytes).read_to_end(&mut plain)?),
            Coding::Zstd => plain = zstd::decode_all(bytes)?,
        }
        Ok(plain)
    }

    #[test]
    fn what_is_written_comes_back() {
        let text = "one line like the other\r\n".repeat(10_000).into_bytes();
        for coding in CODINGS {
            for plain in [&text[..], b""] {
                let bytes = compress(coding, plain).unwrap();
                assert!(decode(coding, &bytes).unwrap() == plain, "{coding:?}");
                let is_small = bytes.len() < plain.len() / 20;
                assert_eq!(
                    is_small,
                    coding != Coding::Identity && !plain.is_empty(),
                    "{coding:?}"
                );
            }
        }
    }

    #[test]
    fn what_was_not_finished_is_no_whole_file() {
        for coding in [Coding::Gzip, Coding::Zstd] {
            let mut bytes = Vec::new();
            let mut encoder = Encoder::new(coding, &mut bytes).unwrap();
            encoder.write_all(&[b'x'; 100]).unwrap();
            encoder.flush().unwrap();
            drop(encoder);
            assert!(decode(coding, &bytes).is_err(), "{coding:?}");
        }
    }

    /// A sink that counts how often it was asked, and refuses everything.
    struct Refusing<'a>(&'a mut u32);

    impl Write for Refusing<'_> {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            *self.0 += 1;
            Err(io::ErrorKind::TimedOut.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_sink_that_failed_is_not_asked_again() {
        for coding in CODINGS {
            let mut asked = 0;
            let mut encoder = Encoder::new(coding, Refusing(&mut asked)).unwrap();
            let written = encoder.write_all(&vec![0; 1 << 20]);
            let ended = written.and_then(|()| encoder.finish().map(drop));
            assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
            assert_eq!(asked, 1, "{coding:?}");
        }
    }
}
