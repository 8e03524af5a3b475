//! The ZIP file, written front to back into a sink that cannot seek.
//!
//! A small part, known whole, has its sizes in its header. A sheet has them behind its data, in a data descriptor.
//!
//! ZIP64 stands only where a number does not fit without it: Excel for the web has refused files that use it
//! needlessly. A header cannot know that its part will pass 4 GiB, so it never says ZIP64; a part that does has the
//! descriptor with 8-byte sizes, as Go's `archive/zip` writes it and Java's `ZipInputStream` expects it, and the central
//! directory, which nearly all readers go by, says it all. The workbook opens the next sheet before that happens.

use std::io::{self, Write};

use crate::sink::CountingSink;

/// The signatures, read as little-endian numbers.
const LOCAL: u32 = 0x0403_4B50;
const DESCRIPTOR: u32 = 0x0807_4B50;
const CENTRAL: u32 = 0x0201_4B50;
const END: u32 = 0x0605_4B50;
const END_64: u32 = 0x0606_4B50;
const LOCATOR_64: u32 = 0x0706_4B50;

/// The versions of the format: 2.0 knows deflate, 4.5 ZIP64.
const VERSION: u16 = 20;
const VERSION_64: u16 = 45;

/// Sizes and checksum stand behind the data.
const STREAMED: u16 = 1 << 3;
const DEFLATED: u16 = 8;

/// 1980-01-01 in the format's own count, so that the same rows make the same file. Its time is zero.
const DATE: u16 = 1 << 5 | 1;

/// From which number on ZIP64 holds a number. Smaller ones are for tests.
#[derive(Debug, Clone, Copy)]
struct Limits {
    bytes: u64,
    entries: u64,
}

impl Limits {
    const TRUE: Self = Self {
        bytes: u32::MAX as u64,
        entries: u16::MAX as u64,
    };
}

/// A part of the package, known whole and compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) checksum: u32,
    /// The size before compression.
    pub(crate) size: u64,
    pub(crate) compressed: Vec<u8>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    flags: u16,
    checksum: u32,
    size: u64,
    compressed_size: u64,
    start: u64,
}

/// A ZIP file being written.
#[derive(Debug)]
pub(crate) struct Archive<W> {
    sink: CountingSink<W>,
    entries: Vec<Entry>,
    limits: Limits,
}

impl<W: Write> Archive<W> {
    pub(crate) fn new(sink: W) -> Self {
        Self {
            sink: CountingSink::new(sink),
            entries: Vec::new(),
            limits: Limits::TRUE,
        }
    }

    /// Writes a part that is known whole.
    pub(crate) fn add(&mut self, part: &Part) -> io::Result<()> {
        let entry = Entry {
            name: part.name.clone(),
            flags: 0,
            checksum: part.checksum,
            size: part.size,
            compressed_size: length(&part.compressed),
            start: self.sink.bytes(),
        };
        self.write_header(&entry)?;
        self.sink.write_all(&part.compressed)?;
        self.entries.push(entry);
        Ok(())
    }

    /// Begins a part whose deflated data follows by [`write`](Self::write), until [`end`](Self::end).
    pub(crate) fn begin(&mut self, name: String) -> io::Result<()> {
        let entry = Entry {
            name,
            flags: STREAMED,
            checksum: 0,
            size: 0,
            compressed_size: 0,
            start: self.sink.bytes(),
        };
        self.write_header(&entry)?;
        self.entries.push(entry);
        Ok(())
    }

    /// Writes deflated data of the part that was begun last.
    pub(crate) fn write(&mut self, compressed: &[u8]) -> io::Result<()> {
        self.sink.write_all(compressed)?;
        if let Some(entry) = self.entries.last_mut() {
            entry.compressed_size += length(compressed);
        }
        Ok(())
    }

    /// Ends the part that was begun last, with the checksum and the size of its data before compression.
    pub(crate) fn end(&mut self, checksum: u32, size: u64) -> io::Result<()> {
        let Some(entry) = self.entries.last_mut() else {
            return Ok(());
        };
        entry.checksum = checksum;
        entry.size = size;
        let mut descriptor = Fields::new(DESCRIPTOR);
        descriptor.u32(checksum);
        if size.max(entry.compressed_size) < self.limits.bytes {
            descriptor.low_u32(entry.compressed_size);
            descriptor.low_u32(size);
        } else {
            descriptor.u64(entry.compressed_size);
            descriptor.u64(size);
        }
        self.sink.write_all(&descriptor.0)
    }

    /// Writes the directory, flushes the sink and gives it back with the size of the file.
    pub(crate) fn finish(mut self) -> io::Result<(W, u64)> {
        let start = self.sink.bytes();
        for entry in &self.entries {
            let header = central_header(entry, self.limits);
            self.sink.write_all(&header)?;
        }
        let end = self.end_records(start);
        self.sink.write_all(&end)?;
        self.sink.flush()?;
        let bytes = self.sink.bytes();
        Ok((self.sink.into_inner(), bytes))
    }

    fn write_header(&mut self, entry: &Entry) -> io::Result<()> {
        let mut header = Fields::new(LOCAL);
        header.u16(VERSION);
        header.common(entry);
        header.low_u32(entry.compressed_size);
        header.low_u32(entry.size);
        header.u16(name_length(entry));
        header.u16(0);
        header.0.extend(entry.name.as_bytes());
        self.sink.write_all(&header.0)
    }

    /// The end of the directory, which begins at the offset `start` and ends here.
    fn end_records(&self, start: u64) -> Vec<u8> {
        let size = self.sink.bytes() - start;
        let count = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        let mut end = Fields(Vec::new());
        let needs_64 = count >= self.limits.entries || start.max(size) >= self.limits.bytes;
        if needs_64 {
            end.u32(END_64);
            // What follows in this record.
            end.u64(44);
            end.u16(VERSION_64);
            end.u16(VERSION_64);
            end.u32(0);
            end.u32(0);
            for number in [count, count, size, start] {
                end.u64(number);
            }
            end.u32(LOCATOR_64);
            end.u32(0);
            end.u64(start + size);
            end.u32(1);
        }
        end.u32(END);
        end.u16(0);
        end.u16(0);
        for _ in 0..2 {
            end.u16(if needs_64 {
                u16::MAX
            } else {
                u16::try_from(count).unwrap_or(u16::MAX)
            });
        }
        for number in [size, start] {
            if needs_64 {
                end.u32(u32::MAX);
            } else {
                end.low_u32(number);
            }
        }
        end.u16(0);
        end.0
    }
}

fn central_header(entry: &Entry, limits: Limits) -> Vec<u8> {
    let mut extra = Fields(Vec::new());
    let mut fields = [0; 3];
    for (field, number) in fields
        .iter_mut()
        .zip([entry.compressed_size, entry.size, entry.start])
    {
        *field = match u32::try_from(number) {
            Ok(number) if u64::from(number) < limits.bytes => number,
            _ => u32::MAX,
        };
    }
    let [compressed_size, size, start] = fields;
    // The order of the extra field is not that of the header.
    for (field, number) in [
        (size, entry.size),
        (compressed_size, entry.compressed_size),
        (start, entry.start),
    ] {
        if field == u32::MAX {
            extra.u64(number);
        }
    }
    let needs_64 = !extra.0.is_empty();
    let mut header = Fields::new(CENTRAL);
    for _ in 0..2 {
        header.u16(if needs_64 { VERSION_64 } else { VERSION });
    }
    header.common(entry);
    header.u32(compressed_size);
    header.u32(size);
    header.u16(name_length(entry));
    // The identifier and length of the extra field count too.
    let extra_length = u16::try_from(extra.0.len()).unwrap_or(0);
    header.u16(if needs_64 { extra_length + 4 } else { 0 });
    // No comment, first disk, no attributes.
    for _ in 0..3 {
        header.u16(0);
    }
    header.u32(0);
    header.u32(start);
    header.0.extend(entry.name.as_bytes());
    if needs_64 {
        header.u16(1);
        header.u16(extra_length);
        header.0.extend(extra.0);
    }
    header.0
}

/// The names are ours and short.
fn name_length(entry: &Entry) -> u16 {
    u16::try_from(entry.name.len()).unwrap_or(u16::MAX)
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// A record of little-endian numbers.
struct Fields(Vec<u8>);

impl Fields {
    fn new(signature: u32) -> Self {
        Self(signature.to_le_bytes().to_vec())
    }

    fn u16(&mut self, number: u16) {
        self.0.extend(number.to_le_bytes());
    }

    fn u32(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }

    fn u64(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    /// A number where ZIP64 is not in use, so that it fits.
    fn low_u32(&mut self, number: u64) {
        self.u32(u32::try_from(number).unwrap_or(u32::MAX));
    }

    /// What the two headers of an entry have in common, between version and sizes.
    fn common(&mut self, entry: &Entry) {
        self.u16(entry.flags);
        self.u16(DEFLATED);
        self.u16(0);
        self.u16(DATE);
        self.u32(entry.checksum);
    }
}

#[cfg(test)]
mod tests;
