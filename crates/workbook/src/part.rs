//! The parts of a package that `rust_xlsxwriter` made in memory.

use std::io::{Cursor, Read, Write};

use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use crate::{
    archive::Part,
    error::{WorkbookError, WorkbookErrorKind},
};

/// The parts of a package in memory.
pub(crate) struct Parts(ZipArchive<Cursor<Vec<u8>>>);

impl Parts {
    pub(crate) fn new(file: Vec<u8>) -> Result<Self, WorkbookError> {
        ZipArchive::new(Cursor::new(file))
            .map(Self)
            .map_err(unreadable)
    }

    /// A part as it is, compressed.
    pub(crate) fn part(&mut self, name: &str) -> Result<Part, WorkbookError> {
        let index = self
            .0
            .index_for_name(name)
            .ok_or_else(|| unreadable(ZipError::FileNotFound))?;
        let mut entry = self.0.by_index_raw(index).map_err(unreadable)?;
        if entry.compression() != CompressionMethod::Deflated {
            return Err(unexpected(name));
        }
        let mut compressed = Vec::new();
        entry
            .read_to_end(&mut compressed)
            .map_err(|error| unreadable(error.into()))?;
        Ok(Part {
            name: name.to_owned(),
            checksum: entry.crc32(),
            size: entry.size(),
            compressed,
        })
    }

    /// A part with another text, compressed.
    pub(crate) fn changed(
        &mut self,
        name: &str,
        change: impl FnOnce(&str) -> Option<String>,
    ) -> Result<Part, WorkbookError> {
        let text = change(&self.text(name)?).ok_or_else(|| unexpected(name))?;
        let mut file = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        file.start_file(name, options).map_err(unreadable)?;
        file.write_all(text.as_bytes())
            .map_err(|error| unreadable(error.into()))?;
        let file = file.finish().map_err(unreadable)?;
        Self::new(file.into_inner())?.part(name)
    }

    /// A part's text.
    pub(crate) fn text(&mut self, name: &str) -> Result<String, WorkbookError> {
        let mut text = String::new();
        self.0
            .by_name(name)
            .map_err(unreadable)?
            .read_to_string(&mut text)
            .map_err(|error| unreadable(error.into()))?;
        Ok(text)
    }
}

/// A part does not look as this crate knows it.
pub(crate) fn unexpected(name: &str) -> WorkbookError {
    WorkbookError::new(
        WorkbookErrorKind::Internal,
        format!("the part {name} of the template is not as expected"),
    )
}

fn unreadable(error: ZipError) -> WorkbookError {
    WorkbookError::new(
        WorkbookErrorKind::Internal,
        "the template could not be read",
    )
    .caused_by(error)
}
