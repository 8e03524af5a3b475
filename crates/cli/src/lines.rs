//! Lines to standard output, until its reader has enough.

use std::fmt::Display;
use std::io::{self, BufWriter, Stdout, Write as _};

use crate::failure::Failure;
use crate::output::{cannot_print, standard_output};

/// Standard output, a line at a time.
pub(crate) struct Lines {
    output: BufWriter<Stdout>,
    is_wanted: bool,
}

impl Lines {
    /// Begins.
    ///
    /// # Errors
    /// When standard output is closed.
    pub(crate) fn begin() -> Result<Self, Failure> {
        let output = standard_output().map_err(cannot_print)?;
        Ok(Self {
            output: BufWriter::new(output),
            is_wanted: true,
        })
    }

    /// Whether somebody still reads.
    pub(crate) const fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// Prints a line. A reader that has seen enough, as `head` has, is no failure.
    ///
    /// # Errors
    /// When standard output takes no more.
    pub(crate) fn print(&mut self, line: impl Display) -> Result<(), Failure> {
        let written = writeln!(self.output, "{line}");
        self.note(written)
    }

    /// Hands over what is printed so far.
    ///
    /// # Errors
    /// When standard output takes no more.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.output.flush();
        self.note(flushed)
    }

    fn note(&mut self, result: io::Result<()>) -> Result<(), Failure> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_wanted = false;
                Ok(())
            }
            result if self.is_wanted => result.map_err(cannot_print),
            _ => Ok(()),
        }
    }
}
