use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::ProjectId;

/// The identifier of an export task: 1 to 64 letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(String);

impl TaskId {
    /// The most characters an identifier may have.
    pub const MAX_CHARS: usize = 64;

    /// Checks and takes an identifier.
    ///
    /// # Errors
    /// When it is not a valid identifier.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidTask> {
        let id = id.into();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if (1..=Self::MAX_CHARS).contains(&id.len()) && id.bytes().all(plain) {
            Ok(Self(id))
        } else {
            Err(InvalidTask::Id)
        }
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What has become of an export task, by the names of `contract.md` §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    /// It waits or runs.
    Creating,
    /// Its file can be downloaded.
    Success,
    /// It came to no file.
    Fail,
    /// Its file was kept as long as it is kept, and is gone.
    Expired,
}

impl TaskStatus {
    /// Every status there is.
    pub const ALL: [Self; 4] = [Self::Creating, Self::Success, Self::Fail, Self::Expired];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Success => "SUCCESS",
            Self::Fail => "FAIL",
            Self::Expired => "EXPIRED",
        }
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TaskStatus {
    type Err = InvalidTask;

    /// Reads the name of a status, exactly as [`TaskStatus::name`] writes it.
    fn from_str(name: &str) -> Result<Self, InvalidTask> {
        Self::ALL
            .into_iter()
            .find(|status| status.name() == name)
            .ok_or(InvalidTask::Status)
    }
}

/// An export that goes on as a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportTask {
    /// Its identifier.
    pub id: TaskId,
    /// The tenant.
    pub project_id: ProjectId,
    /// The name that its file has for people.
    pub file_name: String,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Whether its file was ever downloaded.
    pub is_downloaded: bool,
    /// Until when its file is kept; `None` for a task that has no file.
    pub expires_at: Option<DateTime<Utc>>,
    /// What has become of it.
    pub state: TaskState,
}

/// What has become of an export task, with what is known of it then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// It waits or runs.
    Creating,
    /// Its file can be downloaded.
    Success {
        /// Where the file is.
        file: TaskFile,
        /// When it was whole.
        ended_at: DateTime<Utc>,
    },
    /// It came to no file.
    Fail {
        /// Why.
        failure: TaskFailure,
        /// When that was found.
        ended_at: DateTime<Utc>,
    },
    /// Its file is gone.
    Expired {
        /// When the file was whole.
        ended_at: DateTime<Utc>,
    },
}

impl ExportTask {
    /// Its status.
    pub const fn status(&self) -> TaskStatus {
        match self.state {
            TaskState::Creating => TaskStatus::Creating,
            TaskState::Success { .. } => TaskStatus::Success,
            TaskState::Fail { .. } => TaskStatus::Fail,
            TaskState::Expired { .. } => TaskStatus::Expired,
        }
    }

    /// When it came to its end, if it did.
    pub const fn ended_at(&self) -> Option<DateTime<Utc>> {
        match self.state {
            TaskState::Creating => None,
            TaskState::Success { ended_at, .. }
            | TaskState::Fail { ended_at, .. }
            | TaskState::Expired { ended_at } => Some(ended_at),
        }
    }

    /// Why it came to no file, where it did not.
    pub const fn failure(&self) -> Option<&TaskFailure> {
        match &self.state {
            TaskState::Fail { failure, .. } => Some(failure),
            _ => None,
        }
    }
}

/// The file of a task, as the storage knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFile {
    /// Its name in the storage, no other file's.
    pub key: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// Why a task came to no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFailure {
    /// For programs: one of the codes of errors.
    pub error_code: String,
    /// For people: without internal causes.
    pub reason: String,
}

/// A value that an export task cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidTask {
    /// It is not an identifier.
    #[error("the identifier of a task is not 1 to 64 letters, digits and hyphens")]
    Id,
    /// It is not a status.
    #[error("not a status: they are {}", TaskStatus::ALL.map(TaskStatus::name).join(", "))]
    Status,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_1_to_64_plain_characters() {
        assert_eq!(TaskId::new("a-B9").unwrap().as_str(), "a-B9");
        assert!(TaskId::new("x".repeat(64)).is_ok());
        for id in ["", &"x".repeat(65), "a/b", "../a", "ä", "a b", "a\0"] {
            assert_eq!(TaskId::new(id), Err(InvalidTask::Id), "{id}");
        }
    }

    #[test]
    fn a_status_is_read_back_by_its_name() {
        for status in TaskStatus::ALL {
            assert_eq!(status.name().parse(), Ok(status));
        }
        for name in ["", "success", "DONE"] {
            assert_eq!(name.parse::<TaskStatus>(), Err(InvalidTask::Status));
        }
    }
}
