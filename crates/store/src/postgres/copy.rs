//! `COPY (SELECT …) TO STDOUT (FORMAT binary)` through Diesel, which documents COPY of tables alone.
//!
//! What is copied is a [`CopyTarget`], a trait that is public and whose one method is hidden: it writes what stands between
//! `COPY` and `TO`. Diesel is therefore pinned to its minor version, and a test reads what it sends. See
//! `docs/decisions` on reading by COPY.

mod row;

use std::cell::RefCell;
use std::io::BufRead;

use diesel::pg::{CopyFormat, CopyTarget, Pg};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryBuilder as _, QueryFragment};
use diesel::result::{DatabaseErrorKind, Error as DieselError};

pub(super) use self::row::Row;
use self::row::Span;
use crate::record::{FIELDS, connection_records};

/// What every binary COPY begins with.
const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// No row is longer, even one whose every text has 255 characters of four bytes.
const LONGEST_ROW: usize = 1 << 20;

thread_local! {
    /// The query that this thread is about to copy: the hidden method is given no value that could hold it.
    static QUERY: RefCell<String> = const { RefCell::new(String::new()) };
}

struct Query;

impl CopyTarget for Query {
    type Table = connection_records::table;
    type SqlType = connection_records::SqlType;

    fn walk_target(mut out: AstPass<'_, '_, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        QUERY.with_borrow(|query| out.push_sql(query));
        out.push_sql(")");
        Ok(())
    }
}

/// The text of a query that has no parameters.
pub(super) fn text(query: &impl QueryFragment<Pg>) -> QueryResult<String> {
    let mut builder = diesel::pg::PgQueryBuilder::default();
    query.to_sql(&mut builder, &Pg)?;
    Ok(builder.finish())
}

/// Begins to copy what a query without parameters finds.
pub(super) fn begin(
    connection: &mut PgConnection,
    query: &impl QueryFragment<Pg>,
) -> QueryResult<CopyOut<impl BufRead>> {
    QUERY.set(text(query)?);
    let reader = diesel::copy_to(Query)
        .with_format(CopyFormat::Binary)
        .load_raw(connection);
    QUERY.take();
    reader.map(CopyOut::new)
}

/// A running COPY. However it ends, it is read to its end, so that the connection can be used again. A caller that does not
/// want the rest cancels it first.
pub(super) struct CopyOut<R: BufRead> {
    reader: R,
    header: bool,
    ended: bool,
    /// The beginning of a row whose rest is still to come. PostgreSQL sends whole rows, but does not promise to.
    carried: Vec<u8>,
}

impl<R: BufRead> CopyOut<R> {
    const fn new(reader: R) -> Self {
        Self {
            reader,
            header: true,
            ended: false,
            carried: Vec::new(),
        }
    }

    /// Hands each row to `take`, from where it was received, until that fails.
    ///
    /// # Errors
    /// That of `take`; and when the COPY ends before its end or is not one. Diesel then does not hand over what the server said.
    pub(super) fn each(
        &mut self,
        mut take: impl FnMut(&Row<'_>) -> QueryResult<()>,
    ) -> QueryResult<()> {
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok([]) => {
                    self.ended = true;
                    return Err(error(
                        "the COPY ended before its last row; the server's log says why",
                    ));
                }
                Ok(chunk) => chunk,
                Err(cause) => {
                    self.ended = true;
                    return Err(error(format!("the COPY broke off: {cause}")));
                }
            };
            let length = chunk.len();
            let progress = if self.carried.is_empty() {
                let progress = take_rows(chunk, &mut self.header, &mut take)?;
                if let Progress::Used(used) = progress {
                    self.carried.extend_from_slice(&chunk[used..]);
                }
                progress
            } else {
                self.carried.extend_from_slice(chunk);
                let progress = take_rows(&self.carried, &mut self.header, &mut take)?;
                if let Progress::Used(used) = progress {
                    self.carried.drain(..used);
                }
                progress
            };
            self.reader.consume(length);
            if matches!(progress, Progress::Ended) {
                return Ok(());
            }
            if self.carried.len() > LONGEST_ROW {
                return Err(malformed("a row without end"));
            }
        }
    }
}

impl<R: BufRead> Drop for CopyOut<R> {
    fn drop(&mut self) {
        while !self.ended {
            match self.reader.fill_buf() {
                Ok([]) | Err(_) => self.ended = true,
                Ok(chunk) => {
                    let length = chunk.len();
                    self.reader.consume(length);
                }
            }
        }
    }
}

/// Decodes what a server could have sent, received in chunks of at most `chunk` bytes, and returns how many records it
/// holds and whether it ended as a COPY does.
#[cfg(feature = "fuzzing")]
pub fn decode(project: &deskledger_domain::ProjectId, bytes: &[u8], chunk: usize) -> (usize, bool) {
    let mut records = 0;
    let mut copy = CopyOut::new(std::io::BufReader::with_capacity(chunk.max(1), bytes));
    let ended = copy.each(|row| {
        crate::record::borrow(project, &mut row.values())
            .map_err(|cause| error(cause.to_string()))?;
        records += 1;
        Ok(())
    });
    (records, ended.is_ok())
}

/// How far some bytes took the copy.
enum Progress {
    /// So many bytes were whole rows. What follows is not whole yet.
    Used(usize),
    /// The last row was among them.
    Ended,
}

/// Hands over each row that is whole in `bytes`.
fn take_rows(
    bytes: &[u8],
    header: &mut bool,
    take: &mut impl FnMut(&Row<'_>) -> QueryResult<()>,
) -> QueryResult<Progress> {
    let mut rest = Bytes(bytes);
    let mut row = Row::new();
    let mut used = 0;
    if *header {
        match rest.header()? {
            Some(()) => *header = false,
            None => return Ok(Progress::Used(0)),
        }
        used = bytes.len() - rest.0.len();
    }
    while !rest.0.is_empty() {
        match rest.row(&mut row)? {
            Some(Next::Row) => take(&row)?,
            Some(Next::End) => return Ok(Progress::Ended),
            None => break,
        }
        used = bytes.len() - rest.0.len();
    }
    Ok(Progress::Used(used))
}

enum Next {
    Row,
    End,
}

/// The bytes of a COPY that were not looked at yet. Each method takes what it returns, or is `None` where it is not all there.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn array<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (slice, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(slice)
    }

    /// The signature, the flags and an extension, which nobody has used yet.
    fn header(&mut self) -> QueryResult<Option<()>> {
        /// With object identifiers, as no server has sent them since PostgreSQL 12; the others mean that a format is not ours.
        const CRITICAL: u32 = 0xffff_0000;
        let Some(signature) = self.array() else {
            return Ok(None);
        };
        if &signature != SIGNATURE {
            return Err(malformed("another signature"));
        }
        let (Some(flags), Some(length)) = (self.array(), self.array()) else {
            return Ok(None);
        };
        if u32::from_be_bytes(flags) & CRITICAL != 0 {
            return Err(malformed("unknown flags"));
        }
        let length = length_of(length).ok_or_else(|| malformed("a header of negative length"))?;
        Ok(self.slice(length).map(|_| ()))
    }

    /// The values of a row, in `row`, or the mark after the last one.
    fn row(&mut self, row: &mut Row<'a>) -> QueryResult<Option<Next>> {
        let start = self.0;
        let Some(count) = self.array().map(i16::from_be_bytes) else {
            return Ok(None);
        };
        if count == -1 {
            return Ok(Some(Next::End));
        }
        if usize::try_from(count) != Ok(FIELDS) {
            return Err(malformed("a row of another width"));
        }
        row.bytes = start;
        for span in &mut row.spans {
            let Some(length) = self.array() else {
                return Ok(None);
            };
            if length == MISSING {
                *span = None;
                continue;
            }
            let length = length_of(length).ok_or_else(|| malformed("a negative length"))?;
            let value = start.len() - self.0.len();
            if self.slice(length).is_none() {
                return Ok(None);
            }
            *span = Some(Span {
                start: value,
                end: value + length,
            });
        }
        Ok(Some(Next::Row))
    }
}

/// What stands instead of a length where there is no value: -1.
const MISSING: [u8; 4] = [0xff; 4];

fn length_of(bytes: [u8; 4]) -> Option<usize> {
    usize::try_from(i32::from_be_bytes(bytes)).ok()
}

fn malformed(what: &str) -> DieselError {
    error(format!("what the server copied is malformed: {what}"))
}

fn error(message: impl Into<String>) -> DieselError {
    DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.into()))
}

#[cfg(test)]
mod tests;
