use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use deskledger_settings::{SettingsError, TaskLocation};
use object_store::local::LocalFileSystem;

use super::is_key;

/// What stands between the key of a file that is not whole and a number, as `object_store` names it.
const UNFINISHED: char = '#';

/// A folder of files. What is not whole has a name of its own there, which nobody lists but this.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A folder, which is made where it is not there.
    ///
    /// # Errors
    /// When it cannot be made, or is not a folder.
    pub(super) fn open(path: &Path) -> Result<(Self, LocalFileSystem), SettingsError> {
        create(path).map_err(|error| {
            TaskLocation::wrong(format!(
                "the folder {} cannot be made: {error}",
                path.display()
            ))
        })?;
        let files = LocalFileSystem::new_with_prefix(path)
            .map_err(TaskLocation::wrong)?
            .with_fsync(true);
        Ok((Self(path.to_owned()), files))
    }

    /// Whether a file can be written here. The one that is tried has no name.
    ///
    /// # Errors
    /// When it cannot.
    pub(super) fn check(&self) -> io::Result<()> {
        let mut file = tempfile::tempfile_in(&self.0)?;
        file.write_all(&[0; 4096])?;
        file.sync_data()
    }

    /// The keys of files that are not whole.
    pub(super) fn unfinished(&self) -> Vec<String> {
        self.each_unfinished().map(|(key, _)| key).collect()
    }

    /// Deletes what there is of a file that is not whole.
    pub(super) fn delete_unfinished(&self, of: &str) {
        for (_, path) in self.each_unfinished().filter(|(key, _)| key == of) {
            if let Err(error) = fs::remove_file(path) {
                tracing::warn!(%error, "a file that was broken off could not be deleted");
            }
        }
    }

    fn each_unfinished(&self) -> impl Iterator<Item = (String, PathBuf)> {
        let files = fs::read_dir(&self.0).into_iter().flatten().flatten();
        files.filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            let (key, _) = name.split_once(UNFINISHED)?;
            is_key(key).then(|| (key.to_owned(), file.path()))
        })
    }
}

/// Makes a folder for this user alone. One that is there is left as it is.
fn create(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
