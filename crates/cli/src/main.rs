//! The `deskledger` program: what a person or a script says, and what is answered. Results go to standard output, all else to
//! standard error.
#![expect(
    clippy::doc_markdown,
    reason = "the help talks to a person, in plain text"
)]

mod audits;
mod check;
mod config;
mod database;
mod demo;
mod export;
mod failure;
mod filter;
mod format;
mod generate;
mod import;
mod interrupt;
mod key;
mod lines;
mod list;
mod manual;
mod migrate;
mod months;
mod openapi;
mod output;
mod partitions;
mod progress;
mod retention;
mod serve;
mod service;
mod sessions;
mod stream;
mod table;
mod tasks;
mod tenant;
mod text;
mod time;
mod token;
mod value;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use deskledger_settings::Settings;

use crate::failure::{EXIT_CODES, Ending, Failure};

/// How long the end of a command waits for what reads the log.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Keeps the connection records of virtual desktops and hands them out as Excel workbooks.
#[derive(Debug, Parser)]
#[command(name = "deskledger", version, about, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES)]
struct Arguments {
    /// A file of settings, with the keys that differ from the defaults (see config/default.toml).
    ///
    /// The environment wins over it: DESKLEDGER__DATABASE__URL, DESKLEDGER__SERVER__LISTEN, and so on.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service.
    Serve,
    /// Show the service: an embedded database, realistic records, and a line to copy that downloads a workbook.
    Demo(demo::Demo),
    /// Bring the schema of the database up to date.
    Migrate(migrate::Migrate),
    /// Write realistic records to standard output, one JSON object a line: the same for the same seed.
    Generate(generate::Generate),
    /// Write the OpenAPI document of the service to standard output, as /openapi.json answers it.
    Openapi,
    /// Read records from a file into the database. Importing them again changes nothing.
    Import(import::Import),
    /// Write the records of a project into a workbook, CSV or JSON Lines.
    Export(Box<export::Export>),
    /// List the records of a project, newest first.
    List(Box<list::List>),
    /// List, start, download and delete exports that go on in the service.
    Tasks(tasks::Tasks),
    /// List and export who was handed records, who took them away, and who signed in.
    Audits(audits::Audits),
    /// List who is signed in, and end their sessions.
    Sessions(sessions::Sessions),
    /// Make, list and revoke the access keys in the database, with which requests are signed.
    Key(key::Key),
    /// Make a token for the settings.
    Token(token::Token),
    /// Check the settings.
    Config(config::Config),
    /// Delete the records that are too old, and make partitions for those to come, as the service does from time to time.
    Retention(retention::Retention),
    /// List the partitions of the records, or make those of months that are past.
    Partitions(partitions::Partitions),
    /// Compare the numbers of records that are kept for each project and day with the records.
    Check(check::Check),
    /// Print what completes commands and options in a shell.
    Completions(manual::Completions),
    /// Print the manual page of the program, or write one for each command.
    Man(manual::Man),
}

/// Runs the program.
fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => return print(&answer),
    };
    let ending = dispatch(arguments);
    deskledger_telemetry::flush(LAST_LINES);
    match (ending, interrupt::exit_code()) {
        (Ok(ending), None) => ending.into(),
        (Ok(_), Some(code)) => code,
        (Err(failure), code) => {
            output::notify(format_args!("deskledger: {failure}"));
            code.unwrap_or_else(|| failure.exit_code())
        }
    }
}

/// Prints the help, the version, or what is wrong with the command line, for which a command has not even begun.
fn print(answer: &clap::Error) -> ExitCode {
    let is_result = !answer.use_stderr();
    let printed = output::standard_output().and_then(|mut output| {
        answer.print()?;
        output.flush()
    });
    match printed {
        // A reader that has seen enough is no failure.
        Err(error) if is_result && error.kind() != io::ErrorKind::BrokenPipe => {
            let failure = output::cannot_print(error);
            output::notify(format_args!("deskledger: {failure}"));
            failure.exit_code()
        }
        _ => ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(2)),
    }
}

fn dispatch(arguments: Arguments) -> Result<Ending, Failure> {
    let config = arguments.config.as_deref();
    let load = || Settings::load(config).map_err(Failure::new);
    match arguments.command {
        Command::Serve => serve::run(&logging(load()?), config),
        Command::Demo(demo) => demo.run(),
        Command::Migrate(migrate) => migrate.run(&load()?),
        Command::Generate(generate) => generate.run(),
        Command::Openapi => openapi::run(),
        Command::Import(import) => return import.run(&load()?),
        Command::Export(export) => export.run(load, config),
        Command::List(list) => list.run(load),
        Command::Tasks(tasks) => tasks.run(load),
        Command::Audits(audits) => audits.run(load, config),
        Command::Sessions(sessions) => sessions.run(load),
        Command::Token(token) => token.run(),
        Command::Config(check) => check.run(config),
        Command::Key(key) => key.run(&load()?),
        Command::Retention(retention) => retention.run(load()?),
        Command::Partitions(partitions) => partitions.run(&load()?),
        Command::Check(check) => return check.run(&load()?),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    }?;
    Ok(Ending::Done)
}

/// Starts the log, for the commands that run for long.
fn logging(settings: Settings) -> Settings {
    deskledger_telemetry::start(&settings.logging.level, settings.logging.format);
    settings
}
