//! Workbooks written by this crate, read back with calamine and by looking into their parts.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod again;
mod damage;
mod dress;
mod escape;
mod memory;
mod next_table;
mod note;
mod oracle;
mod package;
mod prefix;
mod reader;
mod repeat;
mod rollover;
mod stream;
mod table;
mod temp_file;
mod text;
mod value;
