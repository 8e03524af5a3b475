//! Tokens become blocks of deflate.
//!
//! The codes of a block are kept for what comes after it as long as they serve, since to count all symbols is a good
//! part of the work: they are made anew from time to time, and whenever the output grows against the input. What no
//! code makes smaller is stored as it is, so that the output is never much larger than the input.

use super::{
    bit::BitWriter,
    code::{Census, Codes, Plan},
    token::Token,
};

/// The most batches that share their codes.
const MAX_REUSE: u32 = 16;

/// The most bytes in a stored block.
const MAX_STORED: usize = 65_535;

/// Writes the blocks of one stream.
#[derive(Debug)]
pub(super) struct BlockWriter {
    writer: BitWriter,
    /// The codes of the open block.
    open: Option<Box<Codes>>,
    /// How many more batches may use them, and how many will those after.
    left: u32,
    reuse: u32,
    /// How many bits 1,024 bytes of input may take before the codes are made anew.
    expected: usize,
}

impl BlockWriter {
    pub(super) fn new() -> Self {
        Self {
            writer: BitWriter::new(),
            open: None,
            left: 0,
            reuse: 1,
            expected: 0,
        }
    }

    /// Whole bytes that were not taken yet.
    pub(super) fn bytes(&self) -> &[u8] {
        self.writer.bytes()
    }

    pub(super) fn clear_bytes(&mut self) {
        self.writer.clear_bytes();
    }

    /// Writes a batch: all its bytes and the tokens for them.
    pub(super) fn put(&mut self, tokens: &[Token], bytes: &[u8]) {
        // Literals take at most 14 bits, a match 45; and there is a header.
        self.writer
            .reserve(bytes.len() * 2 + tokens.len() * 8 + 1_024);
        if let Some(codes) = &self.open {
            let position = self.writer.position();
            codes.put(tokens, bytes, &mut self.writer);
            let bits = self.writer.bits_since(position);
            if bits < bytes.len() * 8 {
                self.left = self.left.saturating_sub(1);
                let drifts = bits_per_kib(bits, bytes) > self.expected;
                if self.left == 0 || drifts {
                    self.end_block();
                }
                return;
            }
            // The codes do not fit at all.
            self.writer.rewind(position);
            self.end_block();
        }
        self.put_anew(tokens, bytes);
    }

    /// Ends the open block, so that what comes next has codes that are made of it.
    pub(super) fn forget_codes(&mut self) {
        self.end_block();
        self.reuse = 1;
    }

    /// Ends the stream, fills its last byte, and begins another.
    pub(super) fn finish(&mut self) {
        self.end_block();
        // A last block with fixed codes and nothing in it but its end.
        self.writer.put(0b011, 10);
        self.writer.align();
        self.left = 0;
        self.reuse = 1;
    }

    /// Writes a batch in a block with codes of its own.
    fn put_anew(&mut self, tokens: &[Token], bytes: &[u8]) {
        let census = Census::of(tokens, bytes);
        let dynamic = Plan::dynamic(&census);
        let fixed = Plan::fixed(&census);
        // Three bits and up to seven more for every stored block, and its length twice.
        let blocks = bytes.len().div_ceil(MAX_STORED);
        let stored = bytes.len() as u64 * 8 + blocks as u64 * (10 + 32);
        if stored < dynamic.cost.min(fixed.cost) {
            self.store(bytes);
        } else if fixed.cost < dynamic.cost {
            let codes = fixed.begin(&mut self.writer);
            codes.put(tokens, bytes, &mut self.writer);
            codes.end(&mut self.writer);
        } else {
            let position = self.writer.position();
            let codes = dynamic.begin(&mut self.writer);
            codes.put(tokens, bytes, &mut self.writer);
            let bits = self.writer.bits_since(position);
            self.open = Some(Box::new(codes));
            // A tenth more than now.
            self.expected = bits_per_kib(bits, bytes) * 11 / 10;
            self.left = self.reuse;
            self.reuse = (self.reuse * 2).min(MAX_REUSE);
        }
    }

    fn store(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(MAX_STORED) {
            let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
            self.writer.put(0b000, 3);
            self.writer.align();
            self.writer.put(u64::from(length), 16);
            self.writer.put(u64::from(!length), 16);
            self.writer.put_bytes(part);
        }
    }

    fn end_block(&mut self) {
        if let Some(codes) = self.open.take() {
            codes.end(&mut self.writer);
        }
    }
}

fn bits_per_kib(bits: usize, bytes: &[u8]) -> usize {
    bits * 1_024 / bytes.len().max(1)
}
