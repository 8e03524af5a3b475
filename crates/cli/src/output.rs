//! Where a command writes: a file that appears when it is whole, standard output, or what a path names that is no
//! regular file.

use std::fs::{self, File, Permissions};
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use deskledger_platform::standard_output_was_closed;
use tempfile::NamedTempFile;

use crate::failure::Failure;
use crate::interrupt::Leftover;
use crate::stream::Stream;

/// The name that stands for standard output, by convention of command lines.
const STANDARD_OUTPUT: &str = "-";

/// The most symbolic links that are followed from a path, as Linux does.
const MOST_LINKS: usize = 40;

/// What a path of the user names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Standard output.
    StandardOutput,
    /// A device, a FIFO, a socket: it exists, it is written to, and it is never replaced.
    Special(PathBuf),
    /// A regular file, or a name that is free. Symbolic links have been followed.
    Regular(PathBuf),
}

impl Target {
    /// Finds out what a path names.
    ///
    /// # Errors
    /// When it names a folder, has too many symbolic links, or cannot be looked at.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == STANDARD_OUTPUT {
            return Ok(Self::StandardOutput);
        }
        let target = follow_links(path).map_err(|error| cannot_write(path, &error))?;
        match fs::metadata(&target) {
            Ok(metadata) if metadata.is_dir() => Err(Failure::usage(format!(
                "cannot write {}: it is a folder; give the name of a file",
                path.display()
            ))),
            Ok(metadata) if !metadata.is_file() => Ok(Self::Special(target)),
            Ok(_) => Ok(Self::Regular(target)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::Regular(target)),
            Err(error) => Err(cannot_write(path, &error)),
        }
    }
}

impl Target {
    /// Refuses to replace what the command itself works with.
    ///
    /// # Errors
    /// When it names one of `own`, by whatever path. The text says what that is.
    pub(crate) fn check_is_not(&self, own: &[(PathBuf, &str)]) -> Result<(), Failure> {
        let Self::Regular(target) = self else {
            return Ok(());
        };
        let Ok(target) = target.canonicalize() else {
            return Ok(());
        };
        let is_target =
            |(file, _): &&(PathBuf, &str)| file.canonicalize().is_ok_and(|file| file == target);
        match own.iter().find(is_target) {
            Some((_, what)) => Err(Failure::usage(format!(
                "cannot write {}: it is {what}; give the name of another file",
                target.display()
            ))),
            None => Ok(()),
        }
    }
}

/// The path that symbolic links lead to, the last of which may lead to a name that is free.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let is_link = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink());
        // What /proc/self/fd and the like link to is often no name, so only what exists by its name is followed.
        if !is_link || fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Ok(path);
        }
        let target = fs::read_link(&path)?;
        path = folder_of(&path).join(target);
    }
    let kind = io::ErrorKind::InvalidInput;
    Err(io::Error::new(kind, "too many symbolic links"))
}

/// A file that is being written.
pub(crate) enum OutputFile {
    /// Standard output, or something that exists and is no regular file.
    Stream(Stream),
    /// A file beside the one that is wanted. It goes away unless it is renamed.
    Unfinished {
        file: NamedTempFile<File>,
        target: PathBuf,
        leftover: Leftover,
    },
}

impl OutputFile {
    /// Opens a target. A regular file appears under its name only in [`OutputFile::finish`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn create(target: Target) -> Result<Self, Failure> {
        match target {
            Target::StandardOutput => standard_output()
                .and_then(|output| Stream::of(&output))
                .map(Self::Stream)
                .map_err(cannot_print),
            Target::Special(path) => Stream::open(&path)
                .map(Self::Stream)
                .map_err(|error| cannot_write(&path, &error)),
            Target::Regular(target) => Self::beside(target),
        }
    }

    fn beside(target: PathBuf) -> Result<Self, Failure> {
        check_folder(&target)?;
        let folder = folder_of(&target);
        let make = || {
            tempfile::Builder::new()
                .prefix(".deskledger-")
                .suffix(".part")
                .tempfile_in(folder)
        };
        let (file, leftover) = Leftover::make(make, NamedTempFile::path)
            .map_err(|error| cannot_write(&target, &without_path(&error)))?;
        // A file that is replaced keeps its permissions; a new one is readable for its owner alone.
        if let Some(permissions) = permissions_of(&target) {
            fs::set_permissions(file.path(), permissions)
                .map_err(|error| cannot_write(&target, &error))?;
        }
        Ok(Self::Unfinished {
            file,
            target,
            leftover,
        })
    }

    /// Writes out what is left. A regular file appears under its name, whole.
    ///
    /// # Errors
    /// When the rest cannot be written or the file cannot be renamed. Then nothing is left of it.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stream(mut stream) => stream.flush().map_err(Failure::new),
            Self::Unfinished {
                file,
                target,
                leftover,
            } => {
                // The records have been read: what fails now is no mistake of the caller.
                let failed = |error: &io::Error| {
                    Failure::text(format!("cannot write {}: {error}", target.display()))
                };
                let synced = file.as_file().sync_all();
                synced.map_err(|error| failed(&error))?;
                let renamed = file.persist(&target);
                drop(leftover);
                renamed.map(drop).map_err(|error| failed(&error.error))
            }
        }
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stream(stream) => stream.write(bytes),
            Self::Unfinished { file, .. } => file.as_file_mut().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stream(stream) => stream.flush(),
            Self::Unfinished { file, .. } => file.as_file_mut().flush(),
        }
    }
}

/// Writes a line to standard output. It is an error and no panic where that is closed or its disk is full.
///
/// # Errors
/// When the line cannot be written.
pub(crate) fn print_line(line: impl std::fmt::Display) -> Result<(), Failure> {
    standard_output()
        .and_then(|mut output| {
            writeln!(output, "{line}")?;
            output.flush()
        })
        .map_err(cannot_print)
}

/// Standard output.
///
/// # Errors
/// When it was closed at the beginning: what is written to it would be lost, and no call would fail.
pub(crate) fn standard_output() -> io::Result<io::Stdout> {
    if standard_output_was_closed() {
        return Err(io::Error::other("it is closed"));
    }
    Ok(io::stdout())
}

/// Standard output takes no more.
pub(crate) fn cannot_print(error: io::Error) -> Failure {
    Failure::new(error).during("cannot write to standard output")
}

/// Writes a line to standard error. Where that takes none, nobody reads it, and the command goes on.
pub(crate) fn notify(line: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Whether standard output shows what it gets to a person.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Refuses a file in a folder that does not exist.
///
/// # Errors
/// When it is one. The text names both.
pub(crate) fn check_folder(file: &Path) -> Result<(), Failure> {
    let folder = folder_of(file);
    if folder.is_dir() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "cannot write {}: there is no folder {}",
        file.display(),
        folder.display()
    )))
}

fn permissions_of(path: &Path) -> Option<Permissions> {
    Some(fs::metadata(path).ok()?.permissions())
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::path("cannot write", path, error)
}

/// An error without the name of the temporary file, which the user did not give.
fn without_path(error: &io::Error) -> io::Error {
    error.kind().into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_path_is_a_file_a_special_file_or_standard_output() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("old"), "old").unwrap();
        symlink("old", path("link")).unwrap();
        symlink("link", path("link-to-link")).unwrap();
        symlink("new", path("dangling")).unwrap();
        symlink("/dev/null", path("device")).unwrap();
        symlink("circle", path("circle")).unwrap();

        let of = |path: &Path| Target::of(path).unwrap();
        assert_eq!(of(Path::new("-")), Target::StandardOutput);
        assert_eq!(
            of(Path::new("/dev/null")),
            Target::Special("/dev/null".into())
        );
        assert_eq!(of(&path("device")), Target::Special(path("device")));
        assert_eq!(of(&path("old")), Target::Regular(path("old")));
        assert_eq!(of(&path("link-to-link")), Target::Regular(path("old")));
        assert_eq!(of(&path("dangling")), Target::Regular(path("new")));
        assert!(Target::of(&path("circle")).is_err());
        let error = Target::of(folder.path()).unwrap_err().to_string();
        assert!(error.contains("it is a folder"), "{error}");
    }
}
