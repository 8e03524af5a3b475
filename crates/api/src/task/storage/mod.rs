//! Where the files of tasks are: a folder, or a bucket of an S3-compatible storage.

mod folder;
#[cfg(feature = "s3")]
mod http;
#[cfg(feature = "s3")]
mod s3;

use std::io;
use std::ops::Range;
use std::sync::Arc;

use actix_web::web::Bytes;
use deskledger_settings::{SettingsError, TaskLocation, TaskSettings};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt as _, PutPayload,
};
use thiserror::Error;

use self::folder::Folder;

/// Keeps the files of tasks. A file appears whole or not at all.
#[derive(Clone, Debug)]
pub(crate) struct FileStorage {
    files: Arc<dyn ObjectStore>,
    /// What stands before the key of each file.
    prefix: Path,
    /// Where files are that are not whole, if they can be seen.
    folder: Option<Folder>,
}

/// The storage failed. What it said is for the log.
#[derive(Debug, Error)]
#[error("the storage of files failed")]
pub(crate) struct StorageError(#[from] object_store::Error);

impl FileStorage {
    /// The storage at a location. A folder that does not exist is made, for this user alone.
    ///
    /// # Errors
    /// When a setting is wrong, or the folder cannot be made.
    pub(crate) fn open(
        location: &TaskLocation,
        settings: &TaskSettings,
    ) -> Result<Self, SettingsError> {
        match location {
            TaskLocation::Folder(path) => {
                let (folder, files) = Folder::open(path)?;
                Ok(Self {
                    files: Arc::new(files),
                    prefix: Path::default(),
                    folder: Some(folder),
                })
            }
            #[cfg(feature = "s3")]
            TaskLocation::Bucket { name, prefix } => Ok(Self {
                files: Arc::new(s3::open(name, &settings.s3)?),
                prefix: Path::from(prefix.as_str()),
                folder: None,
            }),
            #[cfg(not(feature = "s3"))]
            TaskLocation::Bucket { .. } => {
                let _ = settings;
                Err(TaskLocation::wrong("this program was built without S3"))
            }
        }
    }

    /// Whether a file can be written, as far as that can be found out at once. Of a bucket it cannot.
    ///
    /// # Errors
    /// When it cannot.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.folder.as_ref().map_or(Ok(()), Folder::check)
    }

    fn path(&self, key: &str) -> Path {
        self.prefix.clone().join(key)
    }

    /// Begins a file.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) async fn begin(&self, key: &str) -> Result<Upload, StorageError> {
        Ok(Upload(self.files.put_multipart(&self.path(key)).await?))
    }

    /// Reads a part of a file, not before it is asked for.
    ///
    /// # Errors
    /// When the storage fails, or has no such file.
    pub(super) async fn read(
        &self,
        key: &str,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, StorageError>>, StorageError> {
        // Storages take no empty ranges.
        if range.is_empty() {
            return Ok(futures_util::stream::empty().boxed());
        }
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let found = self.files.get_opts(&self.path(key), options).await?;
        Ok(found.into_stream().map_err(StorageError).boxed())
    }

    /// Deletes a file. One that is not there is no error.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) async fn delete(&self, key: &str) -> Result<(), StorageError> {
        if let Some(folder) = &self.folder {
            folder.delete_unfinished(key);
        }
        match self.files.delete(&self.path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The keys of all files there are, also of those that are not whole, where they can be seen. What is not named as
    /// files of tasks are is left out.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) async fn keys(&self) -> Result<Vec<String>, StorageError> {
        let mut keys = self
            .folder
            .as_ref()
            .map_or_else(Vec::new, Folder::unfinished);
        let prefix = (!self.prefix.as_ref().is_empty()).then_some(&self.prefix);
        let found = self.files.list_with_delimiter(prefix).await?;
        let names = found
            .objects
            .iter()
            .filter_map(|file| file.location.filename());
        keys.extend(names.filter(|name| is_key(name)).map(str::to_owned));
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }
}

impl StorageError {
    /// Whether there is no such file.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self.0, object_store::Error::NotFound { .. })
    }
}

/// Whether a name is one that files of tasks have: the identifier of a task, and a number.
fn is_key(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(task, fence)| {
        task.len() == 32
            && task.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !fence.is_empty()
            && fence.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// A file that is being written. One that is neither completed nor aborted is left to the sweep, or to the storage.
pub(super) struct Upload(Box<dyn MultipartUpload>);

impl Upload {
    /// Adds bytes to the end.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) async fn put(&mut self, part: Bytes) -> Result<(), StorageError> {
        Ok(self.0.put_part(PutPayload::from_bytes(part)).await?)
    }

    /// Makes the file appear.
    ///
    /// # Errors
    /// When the storage fails.
    pub(super) async fn complete(&mut self) -> Result<(), StorageError> {
        self.0.complete().await?;
        Ok(())
    }

    /// Throws away what was written.
    pub(super) async fn abort(&mut self) {
        if let Err(error) = self.0.abort().await {
            tracing::warn!(%error, "a file that was broken off could not be thrown away");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storage(folder: &std::path::Path) -> FileStorage {
        let (folder, files) = Folder::open(folder).unwrap();
        FileStorage {
            files: Arc::new(files),
            prefix: Path::default(),
            folder: Some(folder),
        }
    }

    const KEY: &str = "0123456789abcdef0123456789abcdef-1";

    #[test]
    fn a_key_is_an_identifier_and_a_number() {
        assert!(is_key(KEY));
        for name in [
            "",
            "-1",
            "notes.txt",
            "0123456789abcdef0123456789abcdef",
            "0123456789abcdef0123456789abcdef-x",
        ] {
            assert!(!is_key(name), "{name}");
        }
    }

    #[tokio::test]
    async fn a_file_appears_whole_and_is_read_in_parts() {
        let folder = tempfile::tempdir().unwrap();
        let storage = storage(&folder.path().join("new"));
        let mut upload = storage.begin(KEY).await.unwrap();
        upload.put(Bytes::from_static(b"hello, ")).await.unwrap();
        assert!(storage.read(KEY, 0..1).await.err().unwrap().is_not_found());
        assert_eq!(storage.keys().await.unwrap(), [KEY]);
        upload.put(Bytes::from_static(b"world")).await.unwrap();
        upload.complete().await.unwrap();
        for (range, text) in [(0..12, "hello, world"), (7..9, "wo"), (3..3, "")] {
            let parts: Vec<Bytes> = storage
                .read(KEY, range)
                .await
                .unwrap()
                .try_collect()
                .await
                .unwrap();
            assert_eq!(parts.concat(), text.as_bytes());
        }
        assert_eq!(storage.keys().await.unwrap(), [KEY]);
        storage.delete(KEY).await.unwrap();
        storage.delete(KEY).await.unwrap();
        assert!(storage.keys().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_was_not_whole_is_seen_and_can_be_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let storage = storage(folder.path());
        let mut upload = storage.begin(KEY).await.unwrap();
        upload.put(Bytes::from_static(b"half")).await.unwrap();
        // As if the process were gone.
        std::mem::forget(upload);
        std::fs::write(folder.path().join("notes.txt"), "not ours").unwrap();
        assert_eq!(storage.keys().await.unwrap(), [KEY]);
        storage.delete(KEY).await.unwrap();
        let left: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|file| file.unwrap().file_name())
            .collect();
        assert_eq!(left, ["notes.txt"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_made_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        storage(&path);
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(Folder::open(&file).is_err());
    }
}
