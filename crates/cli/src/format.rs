//! The format of a file that a command writes.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use clap::Args;
use deskledger_domain::{ExportFormat, InvalidFilter, Parameter};
use deskledger_settings::Settings;

use crate::failure::Failure;
use crate::output::{Target, is_terminal};
use crate::time;

/// In which words a file is written.
#[derive(Debug, Args)]
pub(crate) struct Words {
    /// The language of a workbook or of CSV, such as en_US, zh_CN or de_DE. A wrong one is answered with all there are.
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,

    /// The zone in which times are written, by its IANA name, such as Asia/Shanghai.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
}

/// How a file is written.
#[derive(Debug, Args)]
pub(crate) struct Form {
    #[command(flatten)]
    words: Words,

    /// The form of the file: xlsx, csv or jsonl. By default it is what the name of the file ends with, and xlsx where the
    /// name has no ending. A name that ends in the name of another form is refused; another ending, such as .txt,
    /// needs this option.
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

impl Words {
    /// The zone, where it is one.
    pub(crate) fn zone(&self) -> Option<Tz> {
        self.time_zone.as_deref().and_then(|zone| zone.parse().ok())
    }

    /// The parameters of a query, each with its value, for a file of a format.
    pub(crate) fn pairs(
        &self,
        format: Option<&str>,
    ) -> impl Iterator<Item = (&'static str, String)> {
        let pairs = [
            (Parameter::Language, self.language.clone()),
            (Parameter::TimeZone, self.time_zone.clone()),
            (Parameter::Format, format.map(str::to_owned)),
        ];
        pairs
            .into_iter()
            .filter_map(|(parameter, value)| Some((parameter.name(), value?)))
    }
}

impl Form {
    /// The zone, where it is one.
    pub(crate) fn zone(&self) -> Option<Tz> {
        self.words.zone()
    }

    /// The format of a file.
    ///
    /// # Errors
    /// When the name of the file and the option contradict each other, or a workbook would go to a terminal.
    pub(crate) fn format_of(&self, output: &Path, target: &Target) -> Result<&str, Failure> {
        of_file(output, target, self.format.as_deref())
    }

    /// The parameters of a query, each with its value.
    pub(crate) fn pairs(&self, format: &str) -> impl Iterator<Item = (&'static str, String)> {
        self.words.pairs(Some(format))
    }
}

/// A mistake in a query, for somebody who typed it.
pub(crate) fn mistake(error: InvalidFilter) -> Failure {
    match error {
        // The API takes fewer forms of a time than a person may type here.
        InvalidFilter::Time { .. } => Failure::usage(format!("{error}; here also: {}", time::HELP)),
        error => Failure::new(error),
    }
}

/// The files that a command must not replace, and what they are.
pub(crate) fn own_files(
    settings: Option<&Settings>,
    config: Option<&Path>,
) -> Vec<(PathBuf, &'static str)> {
    let database = settings.and_then(|settings| settings.store().sqlite_file());
    let of_database = database.iter().flat_map(|file| {
        ["", "-wal", "-shm", "-journal"].map(|suffix| {
            let mut name = file.clone().into_os_string();
            name.push(suffix);
            (PathBuf::from(name), "a file of the database")
        })
    });
    let config = config.map(|file| (file.to_owned(), "the file of the settings"));
    of_database.chain(config).collect()
}

/// The format that is asked for, or else that of the name of the file. A file never gets the name of another of our formats,
/// with which programs would misread it; what another ending stands for only the caller knows.
///
/// # Errors
/// When the two contradict each other, or a workbook would go to a terminal.
fn of_file<'a>(output: &Path, target: &Target, asked: Option<&'a str>) -> Result<&'a str, Failure> {
    let ending = match target {
        // Where a symbolic link leads, the name of the file itself counts.
        Target::Regular(file) => Ending::of(file),
        Target::StandardOutput | Target::Special(_) => Ending::Silent,
    };
    let shown = output.display();
    let format = match (asked, ending) {
        (Some(format), Ending::Of(of)) if of.name() != format => {
            return Err(Failure::usage(format!(
                "{shown} is the name of a file of the format {of}, and --format is {format}: give one that fits the other"
            )));
        }
        (None, Ending::Foreign(ending)) => {
            let endings = ExportFormat::ALL
                .map(|format| format!(".{format}"))
                .join(", ");
            return Err(Failure::usage(format!(
                "{shown} ends in .{ending}, which is no format of exports: use one of {endings}, or say by --format what it is to hold"
            )));
        }
        (Some(format), _) => format,
        (None, Ending::Of(of)) => of.name(),
        (None, Ending::Silent) => ExportFormat::default().name(),
    };
    if *target == Target::StandardOutput && format == ExportFormat::Xlsx.name() && is_terminal() {
        return Err(Failure::usage(
            "a workbook is not for a terminal: redirect standard output, or give --output the name of a file",
        ));
    }
    Ok(format)
}

/// What the name of a file says of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending<'a> {
    /// Nothing: it has no ending, or one that is part of the name, such as that of `report.2026-11`.
    Silent,
    /// It is that of a format.
    Of(ExportFormat),
    /// It is that of something else.
    Foreign(&'a str),
}

impl<'a> Ending<'a> {
    fn of(output: &'a Path) -> Self {
        let ending = output.extension().and_then(|ending| ending.to_str());
        let Some(ending) = ending.filter(|ending| is_ending(ending)) else {
            return Self::Silent;
        };
        ExportFormat::ALL
            .into_iter()
            .find(|format| (format.endings().iter()).any(|name| ending.eq_ignore_ascii_case(name)))
            .map_or(Self::Foreign(ending), Self::Of)
    }
}

/// Whether a text behind a full stop is the ending of a kind of file, and not a date or a number.
fn is_ending(text: &str) -> bool {
    (1..=6).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}
