//! Who got records, and who deleted them: written down before it begins, and once more when it has ended.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use thiserror::Error;

use crate::time::floor_to_micros;
use crate::values::Values;
use crate::{
    AuditAction, AuditOutcome, AuditVia, CredentialKind, ExportFormat, Language, Parameter,
    ProjectId, TaskExportQuery, TaskId,
};

/// The identifier of an audit: 1 to 64 letters, digits and hyphens of ASCII.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditId(String);

impl AuditId {
    /// Checks and takes an identifier.
    ///
    /// # Errors
    /// When it is not a valid identifier.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidAudit> {
        let id = id.into();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if (1..=64).contains(&id.len()) && id.bytes().all(plain) {
            Ok(Self(id))
        } else {
            Err(InvalidAudit::Value { field: "id" })
        }
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AuditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an export was asked for, as an audit keeps it: every parameter as it was sent; a language, a time zone and a format
/// also where none was, since defaults may change.
///
/// It is for reading only. Nothing can be exported with it, because it also describes requests that had mistakes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditedQuery(Values);

impl AuditedQuery {
    /// Every parameter that is kept: those of both ways to export, and which access key it was about.
    pub const PARAMETERS: [Parameter; 32] = {
        let mut all = [Parameter::AccessKeyId; 32];
        let mut index = 0;
        while index < TaskExportQuery::PARAMETERS.len() {
            all[index] = TaskExportQuery::PARAMETERS[index];
            index += 1;
        }
        all
    };

    /// What can be understood of decoded pairs: of each parameter the first value that is allowed. `accepted` is the format
    /// that the client prefers, which counts as in [`ExportQuery::accepting`](crate::ExportQuery::accepting).
    ///
    /// A name that does not exist is left out with its value, which may be anything, even a password sent by mistake.
    pub fn of_pairs<N: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (N, V)>,
        accepted: ExportFormat,
    ) -> Self {
        let mut values = Values::understood(&TaskExportQuery::PARAMETERS, pairs);
        values.set_default(Parameter::Language, Language::default().tag());
        values.set_default(Parameter::TimeZone, Tz::UTC.name());
        values.accept(accepted);
        Self(values)
    }

    /// What can be understood of decoded pairs, as they were sent: what was not sent is not known.
    pub fn as_sent<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(Values::understood(&Self::PARAMETERS, pairs))
    }

    /// The value of a parameter, where there is one.
    pub fn value(&self, parameter: Parameter) -> Option<&str> {
        self.0.get(parameter)
    }
}

/// What is known of an export, or of another request that hands records out or deletes them, when it is requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFields {
    /// The identifier of the audit, which is nobody else's. That of a request may be: clients choose it.
    pub id: AuditId,
    /// By which way.
    pub via: AuditVia,
    /// What was to be done.
    pub action: AuditAction,
    /// The export tasks that it was about; empty where it was about no task, or where the identifier is not that of a task.
    pub task_ids: Vec<TaskId>,
    /// The project of the caller, whose administrators may see the audit.
    pub project_id: ProjectId,
    /// The project that was requested; `None` where it is not a valid project. Another one than `project_id` is refused.
    pub requested_project_id: Option<ProjectId>,
    /// The name of the user.
    pub user: String,
    /// With what they proved who they are.
    pub credential: CredentialKind,
    /// The other end of the connection: the client, or the proxy before the service.
    pub peer_address: Option<SocketAddr>,
    /// Where the request came from as its header `X-Forwarded-For` says, which is as true as the proxy that wrote it.
    pub forwarded_for: Option<String>,
    /// The identifier of the request, which joins the audit to the log.
    pub request_id: String,
    /// What was asked for.
    pub query: AuditedQuery,
    /// When it was asked for.
    pub started_at: DateTime<Utc>,
}

/// One export, download, deletion or sweep through the list that somebody asked for, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportAudit {
    fields: AuditFields,
    ending: Option<ExportEnding>,
}

impl ExportAudit {
    /// An export that runs. Times are kept in whole microseconds.
    ///
    /// # Errors
    /// When a text holds U+0000, which no database stores. The error names the field.
    pub fn new(fields: AuditFields) -> Result<Self, InvalidAudit> {
        for (field, text) in [
            ("user", fields.user.as_str()),
            ("request_id", &fields.request_id),
            (
                "forwarded_for",
                fields.forwarded_for.as_deref().unwrap_or_default(),
            ),
        ] {
            if text.contains('\0') {
                return Err(InvalidAudit::ForbiddenCharacter { field });
            }
        }
        let started_at = floor_to_micros(fields.started_at);
        Ok(Self {
            fields: AuditFields {
                started_at,
                ..fields
            },
            ending: None,
        })
    }

    /// The same export, ended.
    #[must_use]
    pub fn with_ending(self, ending: ExportEnding) -> Self {
        Self {
            ending: Some(ending),
            ..self
        }
    }

    /// What was known when it was asked for.
    pub const fn fields(&self) -> &AuditFields {
        &self.fields
    }

    /// How it ended; `None` while it runs.
    pub const fn ending(&self) -> Option<&ExportEnding> {
        self.ending.as_ref()
    }
}

/// How an export ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportEnding {
    ended_at: DateTime<Utc>,
    outcome: ExportOutcome,
    progress: Option<ExportProgress>,
    requests: u64,
}

impl ExportEnding {
    /// An export that its own process saw end. Times are kept in whole microseconds, durations in milliseconds.
    pub fn new(ended_at: DateTime<Utc>, outcome: ExportOutcome, progress: ExportProgress) -> Self {
        let whole_millis = |duration: Duration| {
            Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
        };
        Self {
            ended_at: floor_to_micros(ended_at),
            progress: (outcome != ExportOutcome::Interrupted).then(|| ExportProgress {
                duration: whole_millis(progress.duration),
                ..progress
            }),
            outcome: outcome.storable(),
            requests: 1,
        }
    }

    /// An export whose process ended before it, as it was found at `noticed_at`. How far it came is not known.
    pub fn interrupted(noticed_at: DateTime<Utc>) -> Self {
        Self {
            ended_at: floor_to_micros(noticed_at),
            outcome: ExportOutcome::Interrupted,
            progress: None,
            requests: 1,
        }
    }

    /// The same, of so many requests.
    #[must_use]
    pub fn with_requests(self, requests: u64) -> Self {
        Self { requests, ..self }
    }

    /// When it ended, or was found to have been interrupted.
    pub const fn ended_at(&self) -> DateTime<Utc> {
        self.ended_at
    }

    /// How.
    pub const fn outcome(&self) -> &ExportOutcome {
        &self.outcome
    }

    /// How many requests it is about: pages of a list, or refusals that were counted together. Else 1.
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// How far it came, which is known unless it was interrupted.
    pub const fn progress(&self) -> Option<ExportProgress> {
        self.progress
    }
}

/// How far an export came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportProgress {
    /// How many records were written.
    pub rows: u64,
    /// How many bytes of the file were handed over for sending.
    pub bytes: u64,
    /// How long it took, from when it was asked for.
    pub duration: Duration,
}

/// What became of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportOutcome {
    /// The whole file was handed over.
    Done,
    /// It was not begun.
    Refused {
        /// The code of the error that the client was sent.
        error_code: String,
        /// Why: as in the answer to the client, or with what an administrator may know.
        reason: String,
    },
    /// The client left before it had everything.
    ClientLeft,
    /// The client took nothing for too long.
    ClientSlow,
    /// The client took too little while others waited.
    ClientSlowWhileOthersWaited,
    /// Somebody cancelled it.
    Cancelled,
    /// The database or the writing failed.
    Failed {
        /// Why, without internal causes.
        reason: String,
    },
    /// The process that ran it ended before it.
    Interrupted,
}

impl ExportOutcome {
    /// What became of it, without the details.
    pub const fn kind(&self) -> AuditOutcome {
        match self {
            Self::Done => AuditOutcome::Done,
            Self::Refused { .. } => AuditOutcome::Refused,
            Self::ClientLeft => AuditOutcome::ClientLeft,
            Self::ClientSlow | Self::ClientSlowWhileOthersWaited => AuditOutcome::ClientSlow,
            Self::Cancelled => AuditOutcome::Cancelled,
            Self::Failed { .. } => AuditOutcome::Failed,
            Self::Interrupted => AuditOutcome::Interrupted,
        }
    }

    /// Its name, as it is stored and sent.
    pub const fn name(&self) -> &'static str {
        self.kind().name()
    }

    /// The code of the error, where it was refused.
    pub fn error_code(&self) -> Option<&str> {
        match self {
            Self::Refused { error_code, .. } => Some(error_code),
            _ => None,
        }
    }

    /// Why, where there is more to say than its name does.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Refused { reason, .. } | Self::Failed { reason } => Some(reason),
            Self::ClientSlowWhileOthersWaited => Some("the client was slow while others waited"),
            _ => None,
        }
    }

    /// Puts an outcome together from its name, and the code and the reason where it has them.
    ///
    /// # Errors
    /// When there is no outcome of this name, or it lacks what belongs to it.
    pub fn from_parts(
        name: &str,
        error_code: Option<String>,
        reason: Option<String>,
    ) -> Result<Self, InvalidAudit> {
        use AuditOutcome as Kind;

        match (name.parse()?, error_code, reason) {
            (Kind::Done, ..) => Ok(Self::Done),
            (Kind::Refused, Some(error_code), Some(reason)) => {
                Ok(Self::Refused { error_code, reason })
            }
            (Kind::ClientLeft, ..) => Ok(Self::ClientLeft),
            (Kind::ClientSlow, _, None) => Ok(Self::ClientSlow),
            (Kind::ClientSlow, _, Some(_)) => Ok(Self::ClientSlowWhileOthersWaited),
            (Kind::Cancelled, ..) => Ok(Self::Cancelled),
            (Kind::Failed, _, Some(reason)) => Ok(Self::Failed { reason }),
            (Kind::Interrupted, ..) => Ok(Self::Interrupted),
            (Kind::Running | Kind::Refused | Kind::Failed, ..) => {
                Err(InvalidAudit::Value { field: "outcome" })
            }
        }
    }

    /// With U+0000, which no database stores, replaced.
    fn storable(self) -> Self {
        let storable = |text: String| text.replace('\0', "\u{fffd}");
        match self {
            Self::Refused { error_code, reason } => Self::Refused {
                error_code: storable(error_code),
                reason: storable(reason),
            },
            Self::Failed { reason } => Self::Failed {
                reason: storable(reason),
            },
            outcome => outcome,
        }
    }
}

/// Why an audit is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidAudit {
    /// A field has a value that it cannot have.
    #[error("{field} has a value that no audit has")]
    Value {
        /// The name of the field.
        field: &'static str,
    },
    /// A text holds U+0000.
    #[error("{field} holds the character U+0000, which is not allowed")]
    ForbiddenCharacter {
        /// The name of the field.
        field: &'static str,
    },
}
