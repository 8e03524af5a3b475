use std::path::Path;

use clap::{Args, Subcommand};
use deskledger_settings::Settings;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::{notify, print_line};
use crate::table::Table;
use crate::text::{json_line, visible};
use crate::{failure::EXIT_CODES, lines::Lines};

#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Load the settings as `deskledger serve` does, and say what is wrong with them and what has no effect. Nothing is started,
    /// and no database or other service is asked.
    #[command(after_long_help = EXIT_CODES)]
    Check(Check),
}

#[derive(Debug, Args)]
struct Check {
    /// Print the effective settings, each with what set it. Secrets are not shown.
    #[arg(long)]
    show: bool,

    /// End with 2 where anything has no effect, too.
    #[arg(long)]
    strict: bool,

    /// Print one JSON object with the warnings and, with --show, the settings.
    #[arg(long)]
    json: bool,
}

impl Config {
    /// Checks the settings.
    pub(crate) fn run(&self, file: Option<&Path>) -> Result<(), Failure> {
        let Command::Check(check) = &self.command;
        check.run(file)
    }
}

impl Check {
    fn run(&self, file: Option<&Path>) -> Result<(), Failure> {
        let settings = Settings::load(file).map_err(Failure::new)?;
        settings
            .check_files()
            .map_err(|error| Failure::new(settings.located(error)))?;
        let open = settings.files_open_to_all(file);
        let warnings: Vec<_> = settings.notices().into_iter().chain(open).collect();
        for warning in &warnings {
            notify(format_args!("warning: {}", visible(warning)));
        }
        if self.json {
            self.print_json(&settings, &warnings)?;
        } else if self.show {
            print(&settings)?;
        }
        if self.strict && !warnings.is_empty() {
            return Err(Failure::usage(format!(
                "the settings are valid, with {} warnings (--strict)",
                warnings.len()
            )));
        }
        notify(match warnings.len() {
            0 => "the settings are valid".to_owned(),
            1 => "the settings are valid, with 1 warning".to_owned(),
            warnings => format!("the settings are valid, with {warnings} warnings"),
        });
        Ok(())
    }

    fn print_json(&self, settings: &Settings, warnings: &[String]) -> Result<(), Failure> {
        let mut object = json!({ "warnings": warnings });
        if self.show {
            let shown = settings.shown().into_iter().map(
                |setting| json!({ "key": setting.key, "value": setting.value, "origin": setting.origin }),
            );
            object["settings"] = Value::from(shown.collect::<Vec<_>>());
        }
        print_line(json_line(&object.to_string()))
    }
}

fn print(settings: &Settings) -> Result<(), Failure> {
    let mut lines = Lines::begin()?;
    let rows: Vec<_> = settings
        .shown()
        .into_iter()
        .map(|setting| {
            let origin = setting.origin.unwrap_or_else(|| "default".to_owned());
            [setting.key, setting.value, origin]
        })
        .collect();
    Table::new(["KEY", "VALUE", "SET BY"]).print(&rows, &mut lines)?;
    lines.flush()
}
