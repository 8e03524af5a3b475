//! The document properties: when, what, by whom.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rust_xlsxwriter::DocProperties;

use crate::{
    error::{WorkbookError, WorkbookErrorKind},
    text::is_forbidden,
};

/// The ZIP format's own beginning of time, 1980-01-01 00:00:00 UTC, in seconds of Unix time.
const DEFAULT_CREATED: TimeDelta = TimeDelta::seconds(315_532_800);

/// The longest tag of a language that BCP 47 asks programs to take, in characters.
const MAX_LANGUAGE: usize = 35;

/// What the file says about itself.
#[derive(Debug, Default)]
pub(crate) struct Properties {
    pub(crate) created: Option<DateTime<Utc>>,
    pub(crate) title: String,
    pub(crate) author: String,
    /// As BCP 47 writes it; empty where it is not known.
    pub(crate) language: String,
}

impl Properties {
    /// The properties as `rust_xlsxwriter` takes them, which are all but the language.
    pub(crate) fn to_document(&self) -> Result<DocProperties, WorkbookError> {
        let created = self
            .created
            .unwrap_or(DateTime::UNIX_EPOCH + DEFAULT_CREATED);
        if !(1..=9_999).contains(&created.year()) {
            return Err(WorkbookError::new(
                WorkbookErrorKind::InvalidProperty,
                format!("the creation time {created} is not in the years 1 to 9999"),
            ));
        }
        let is_tag = |character: char| character.is_ascii_alphanumeric() || character == '-';
        if self.language.len() > MAX_LANGUAGE || !self.language.chars().all(is_tag) {
            return Err(WorkbookError::new(
                WorkbookErrorKind::InvalidProperty,
                format!("{:?} is not the tag of a language", self.language),
            ));
        }
        Ok(DocProperties::new()
            .set_creation_datetime(&created)
            .set_title(plain(&self.title))
            .set_author(plain(&self.author)))
    }
}

/// The text without what XML cannot hold: unlike in cells there is no escape for it in properties.
fn plain(text: &str) -> String {
    text.replace(is_forbidden, "\u{FFFD}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_creation_time_that_the_file_cannot_hold_is_an_error() {
        for created in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let properties = Properties {
                created: Some(created),
                ..Properties::default()
            };
            let error = properties.to_document().err().unwrap();
            assert_eq!(error.kind(), WorkbookErrorKind::InvalidProperty);
        }
    }

    #[test]
    fn a_language_is_a_tag() {
        let document = |language: &str| {
            let properties = Properties {
                language: language.to_owned(),
                ..Properties::default()
            };
            properties.to_document().map_err(|error| error.kind())
        };
        for tag in ["", "en", "zh-Hans-CN", "pt-BR"] {
            assert!(document(tag).is_ok(), "{tag}");
        }
        for text in ["en_US", "<a/>", "français", &"a".repeat(36)] {
            assert_eq!(
                document(text).err(),
                Some(WorkbookErrorKind::InvalidProperty)
            );
        }
    }

    #[test]
    fn the_default_creation_time_is_the_start_of_zip() {
        let created = DateTime::UNIX_EPOCH + DEFAULT_CREATED;
        assert_eq!(created.to_rfc3339(), "1980-01-01T00:00:00+00:00");
    }
}
