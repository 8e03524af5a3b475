//! What a shell and a reader of manuals know of the commands.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;

use crate::Arguments;
use crate::failure::Failure;
use crate::output::{cannot_print, notify, standard_output};

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell that completes.
    shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// A folder that exists, for a page of each command. Without it the page of the program goes to standard output.
    folder: Option<PathBuf>,
}

impl Completions {
    /// Prints the completions.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut Arguments::command(),
            "deskledger",
            &mut script,
        );
        print(&script)
    }
}

impl Man {
    /// Prints or writes the pages.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        if let Some(folder) = &self.folder {
            return write_pages(folder);
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(commands())
            .render(&mut page)
            .map_err(Failure::new)?;
        print(&page)
    }
}

/// The commands, but for `help`, which a manual page has no use for.
fn commands() -> Command {
    fn without_help(command: Command) -> Command {
        command
            .disable_help_subcommand(true)
            .mut_subcommands(without_help)
    }
    without_help(Arguments::command())
}

fn write_pages(folder: &Path) -> Result<(), Failure> {
    if !folder.is_dir() {
        return Err(Failure::usage(format!(
            "cannot write manual pages: there is no folder {}",
            folder.display()
        )));
    }
    clap_mangen::generate_to(commands(), folder)
        .map_err(|error| Failure::path("cannot write manual pages to", folder, &error))?;
    notify(format_args!(
        "wrote the manual pages to {}: `man -l {}` shows the first",
        folder.display(),
        folder.join("deskledger.1").display()
    ));
    Ok(())
}

/// Writes a document to standard output.
///
/// # Errors
/// When standard output takes no more.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let written = standard_output().and_then(|mut output| {
        output.write_all(bytes)?;
        output.flush()
    });
    match written {
        // The reader has read enough, as `head` does.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(cannot_print),
    }
}
