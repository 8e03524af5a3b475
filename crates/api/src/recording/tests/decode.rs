use std::cell::Cell;
use std::io::{self, Read, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::{prop_assert_eq, proptest};

use super::super::decode::decode;
use crate::http::body::BodyFailure;
use crate::http::coding::Coding;

const REMEDY: &str = "send less";

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn zstd(plain: &[u8]) -> Vec<u8> {
    zstd::encode_all(plain, 1).unwrap()
}

fn encode(coding: Coding, plain: &[u8]) -> Vec<u8> {
    match coding {
        Coding::Identity => plain.to_vec(),
        Coding::Gzip => gzip(plain),
        Coding::Zstd => zstd(plain),
    }
}

fn decoded(raw: impl Read, coding: Coding, most: u64) -> Result<Vec<u8>, BodyFailure> {
    let mut plain = Vec::new();
    match decode(raw, coding, most, REMEDY)
        .unwrap()
        .read_to_end(&mut plain)
    {
        Ok(_) => Ok(plain),
        Err(error) => Err(BodyFailure::of(&error).unwrap()),
    }
}

proptest! {
    #[test]
    fn what_was_compressed_comes_back_up_to_the_limit(plain in vec(any::<u8>(), 0..2_000), most in 0..2_000_usize) {
        for coding in [Coding::Identity, Coding::Gzip, Coding::Zstd] {
            let raw = encode(coding, &plain);
            let expected = if plain.len() <= most {
                Ok(plain.clone())
            } else if coding == Coding::Identity {
                Err(BodyFailure::TooLarge { most: most as u64, remedy: REMEDY })
            } else {
                Err(BodyFailure::Inflated { most: most as u64, remedy: REMEDY })
            };
            prop_assert_eq!(decoded(raw.as_slice(), coding, most as u64), expected);
        }
    }

    #[test]
    fn noise_is_refused_and_nothing_panics(noise in vec(any::<u8>(), 1..200)) {
        for coding in [Coding::Gzip, Coding::Zstd] {
            prop_assert_eq!(decoded(noise.as_slice(), coding, 1 << 20), Err(BodyFailure::Undecodable));
        }
    }
}

#[test]
fn what_is_cut_short_anywhere_is_refused() {
    let plain: Vec<u8> = (0..3_000_u32).flat_map(|n| (n * n).to_le_bytes()).collect();
    for coding in [Coding::Gzip, Coding::Zstd] {
        let whole = encode(coding, &plain);
        for length in 1..whole.len() {
            let read = decoded(&whole[..length], coding, 1 << 20);
            assert_eq!(read, Err(BodyFailure::Undecodable), "{coding:?} {length}");
        }
    }
}

#[test]
fn parts_that_were_compressed_by_themselves_are_one_body() {
    for coding in [Coding::Gzip, Coding::Zstd] {
        let parts = [encode(coding, b"one, "), encode(coding, b"two")].concat();
        assert_eq!(decoded(parts.as_slice(), coding, 100).unwrap(), b"one, two");
        let trailing = [encode(coding, b"one"), b"noise".to_vec()].concat();
        let read = decoded(trailing.as_slice(), coding, 100);
        assert_eq!(read, Err(BodyFailure::Undecodable), "{coding:?}");
    }
}

/// Parts without an end, and how many bytes of them were taken.
struct Endless<'a> {
    part: Vec<u8>,
    taken: &'a Cell<usize>,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = self.taken.get() % self.part.len();
        let length = buffer.len().min(self.part.len() - at);
        buffer[..length].copy_from_slice(&self.part[at..at + length]);
        self.taken.set(self.taken.get() + length);
        Ok(length)
    }
}

#[test]
fn a_bomb_is_not_unpacked_further_than_allowed() {
    const MOST: u64 = 1 << 20;
    for coding in [Coding::Gzip, Coding::Zstd] {
        let taken = Cell::new(0);
        let part = encode(coding, &vec![b'\n'; 64 << 20]);
        assert!(part.len() < 1 << 20);
        let bomb = Endless {
            part,
            taken: &taken,
        };
        let failure = decoded(bomb, coding, MOST);
        let most = BodyFailure::Inflated {
            most: MOST,
            remedy: REMEDY,
        };
        assert_eq!(failure, Err(most));
        // What a megabyte of line feeds takes, and the buffer of the decoder.
        assert!(taken.get() < 256 << 10, "{coding:?}: {}", taken.get());
    }
}

#[test]
fn a_window_that_is_larger_than_everybody_must_take_is_refused() {
    let with_window = |log: u32| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(log).unwrap();
        // Of a body whose size is known the window is no larger than it.
        encoder.include_contentsize(false).unwrap();
        encoder.write_all(&[b'\n'; 1000]).unwrap();
        encoder.finish().unwrap()
    };
    let read = |log| decoded(with_window(log).as_slice(), Coding::Zstd, 1 << 20);
    assert_eq!(read(23).unwrap().len(), 1000);
    assert_eq!(read(24), Err(BodyFailure::Undecodable));
}
