//! How the errors of the other crates, and of the rooms of this one, become the errors that a client reads.
//!
//! Nothing imports this: it imports whatever has errors, so it stands above all of them.

mod export;
mod recording;

use std::time::Duration;

use actix_web::http::header::{CONTENT_RANGE, HeaderValue, UPGRADE};
use deskledger_audit::NotAudited;
use deskledger_domain::{InvalidFilter, MAX_TEXT_CHARS, TaskId};
use deskledger_identity::url::MalformedQuery;
use deskledger_identity::{IdentityError, IdentityErrorKind, Refused};
use deskledger_lifecycle::NotReady;
use deskledger_limiter::{Refusal, RunError};
use deskledger_store::{StoreError, StoreErrorKind};

use crate::error::{ApiError, ErrorCode};
use crate::http::query::InvalidPath;

/// How long a client should wait when the database is unavailable.
const DATABASE_RETRY: Duration = Duration::from_secs(5);

/// How long a client should wait when its export cannot be audited.
const AUDIT_RETRY: Duration = Duration::from_secs(5);

/// How long a client should wait for a permit.
const PERMIT_RETRY: Duration = Duration::from_secs(10);

/// How long a client should wait for what an operator has to change.
const OPERATOR_RETRY: Duration = Duration::from_secs(30);

impl From<InvalidFilter> for ApiError {
    fn from(mistake: InvalidFilter) -> Self {
        let code = match &mistake {
            InvalidFilter::UnknownParameter { .. } => ErrorCode::UnknownParameter,
            InvalidFilter::Repeated { .. } => ErrorCode::RepeatedParameter,
            InvalidFilter::TooLong { .. } => ErrorCode::ParameterTooLong,
            InvalidFilter::ForbiddenCharacter { .. } => ErrorCode::ForbiddenCharacter,
            InvalidFilter::Time { .. } | InvalidFilter::EmptyActiveTime { .. } => {
                ErrorCode::InvalidTime
            }
            InvalidFilter::EndWithoutStart => ErrorCode::EndWithoutStart,
            InvalidFilter::TimeRange { .. } => ErrorCode::EmptyTimeRange,
            InvalidFilter::NumberRange { .. } => ErrorCode::EmptyNumberRange,
            InvalidFilter::Domain { .. } => ErrorCode::InvalidDomain,
            InvalidFilter::Marker { .. } => ErrorCode::InvalidMarker,
            InvalidFilter::MarkerWithOffset => ErrorCode::MarkerWithOffset,
            InvalidFilter::QueryType { .. } => ErrorCode::UnknownQueryType,
            InvalidFilter::NoPeriod => ErrorCode::NoPeriod,
            InvalidFilter::TooManyDays { .. } => ErrorCode::TooManyDays,
            InvalidFilter::Number { .. } | InvalidFilter::TaskLimit { .. } => {
                ErrorCode::InvalidNumber
            }
            InvalidFilter::Choice { .. } => ErrorCode::UnknownValue,
            InvalidFilter::Language { .. } => ErrorCode::UnknownLanguage,
            InvalidFilter::TimeZone { .. } => ErrorCode::UnknownTimeZone,
            InvalidFilter::Format { .. } => ErrorCode::UnknownFormat,
            InvalidFilter::Boolean { .. } => ErrorCode::InvalidBoolean,
            InvalidFilter::NoSummary { .. } => ErrorCode::NoSummary,
            InvalidFilter::TooManyBuckets { .. } => ErrorCode::TooManyBuckets,
            InvalidFilter::Network { .. } => ErrorCode::InvalidNetwork,
        };
        Self::new(code, mistake.to_string())
    }
}

impl From<MalformedQuery> for ApiError {
    fn from(mistake: MalformedQuery) -> Self {
        Self::new(ErrorCode::InvalidRequest, mistake.to_string())
    }
}

impl From<InvalidPath> for ApiError {
    fn from(mistake: InvalidPath) -> Self {
        Self::new(ErrorCode::InvalidProjectId, mistake.to_string())
    }
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Refused(refused) => refused.into(),
            IdentityError::Store(error) => error.into(),
            IdentityError::StoreUnavailable => Self::database_unavailable(),
            error => Self::internal(error),
        }
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        let code = match refused.kind {
            IdentityErrorKind::Unauthenticated => ErrorCode::Unauthenticated,
            IdentityErrorKind::WrongSignature => ErrorCode::WrongSignature,
            IdentityErrorKind::TokenExpired => ErrorCode::TokenExpired,
            IdentityErrorKind::NoProject => ErrorCode::Forbidden,
            IdentityErrorKind::NoSession => ErrorCode::NoSession,
            IdentityErrorKind::OtherSite => ErrorCode::OtherSite,
            IdentityErrorKind::SignInRefused => ErrorCode::SignInRefused,
            IdentityErrorKind::SignInDenied => ErrorCode::SignInDenied,
            IdentityErrorKind::NotConfigured => ErrorCode::SignInNotConfigured,
            IdentityErrorKind::KeysNotConfigured => ErrorCode::KeysNotConfigured,
            IdentityErrorKind::KeyMakesNoKey => ErrorCode::KeyMakesNoKey,
            IdentityErrorKind::RoleNotHeld => ErrorCode::RoleNotHeld,
            IdentityErrorKind::TooManyKeys => ErrorCode::TooManyAccessKeys,
            IdentityErrorKind::UnknownAccessKey => ErrorCode::AccessKeyNotFound,
            IdentityErrorKind::MalformedQuery => ErrorCode::InvalidRequest,
            IdentityErrorKind::TooManyRequests => ErrorCode::TooManyRequests,
            IdentityErrorKind::IamUnavailable => ErrorCode::IamUnavailable,
            IdentityErrorKind::StoreUnavailable => ErrorCode::Unavailable,
        };
        let mut error = Self::new(code, refused.message);
        if let Some(wait) = refused.retry_after {
            error = error.with_retry_after(wait);
        }
        match refused.cause {
            Some(cause) => error.with_cause(cause),
            None => error,
        }
    }
}

impl From<NotAudited> for ApiError {
    fn from(error: NotAudited) -> Self {
        let message = "this cannot be written into the audit, so it is not begun: try again later";
        Self::new(ErrorCode::Unavailable, message)
            .with_retry_after(AUDIT_RETRY)
            .with_cause(error)
    }
}

impl From<NotReady> for ApiError {
    fn from(reason: NotReady) -> Self {
        Self::new(ErrorCode::Unavailable, reason.to_string()).with_retry_after(DATABASE_RETRY)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::Share(_) => ErrorCode::TooManyRequests,
            Refusal::Process(_) => ErrorCode::Unavailable,
        };
        Self::new(code, refusal.to_string()).with_retry_after(PERMIT_RETRY)
    }
}

impl From<RunError> for ApiError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Refused(refusal) => refusal.into(),
            RunError::Panicked(error) => Self::internal(error),
        }
    }
}

impl ApiError {
    /// The project has no session with this identifier, or none that the caller may end.
    pub(crate) fn no_such_session() -> Self {
        Self::new(
            ErrorCode::SessionNotFound,
            "this project has no such session, or none that the user may end",
        )
    }

    /// What is in the path is the identifier of no access key.
    pub(crate) fn no_such_access_key() -> Self {
        Self::new(
            ErrorCode::AccessKeyNotFound,
            "this project has no access key with this identifier: it has 1 to 128 letters, digits, '-', '_' and '.'",
        )
    }

    /// The project has no task with this identifier.
    pub(crate) fn no_such_task(id: &str) -> Self {
        let id: String = id.chars().take(TaskId::MAX_CHARS).collect();
        Self::new(
            ErrorCode::TaskNotFound,
            format!("this project has no export task {id}"),
        )
    }

    /// The project has no record of this transaction.
    pub(crate) fn no_such_record(transaction_id: &str) -> Self {
        let id = transaction_id.chars().take(MAX_TEXT_CHARS);
        let id: String = id.flat_map(char::escape_debug).collect();
        Self::new(
            ErrorCode::RecordNotFound,
            format!("this project has no connection record of the transaction \"{id}\""),
        )
    }

    /// The project has no such link, or none that the caller may see.
    pub(crate) fn no_such_link() -> Self {
        let message =
            "this project has no export link with this identifier, or it is another user's";
        Self::new(ErrorCode::LinkNotFound, message)
    }

    /// A file with so many bytes does not have the part of it that is wanted.
    pub(crate) fn range_not_satisfiable(bytes: u64) -> Self {
        let message =
            format!("the range in the header Range is not in the file, which has {bytes} bytes");
        let error = Self::new(ErrorCode::RangeNotSatisfiable, message);
        match HeaderValue::from_str(&format!("bytes */{bytes}")) {
            Ok(size) => error.with_header(CONTENT_RANGE, size),
            Err(no_header) => Self::internal(no_header),
        }
    }

    /// An answer that is made for each request has no parts.
    pub(crate) fn not_resumable() -> Self {
        Self::new(
            ErrorCode::NotResumable,
            "the header Range asks for a part from the middle, and this answer is made anew for each request: it cannot \
             be resumed, so ask for it without Range; the file of an export task can be resumed",
        )
    }

    /// A client of this version cannot be sent a body whose length is not known before.
    pub(crate) fn protocol_too_old() -> Self {
        Self::new(
            ErrorCode::ProtocolTooOld,
            "this answer is too large for HTTP/1.0, by which nobody could tell a part of it from the whole: ask by \
             HTTP/1.1, or start an export task and download its file",
        )
        .with_header(UPGRADE, HeaderValue::from_static("HTTP/1.1"))
    }

    /// The file of a task is not the one that the client wants.
    pub(crate) fn another_file() -> Self {
        Self::new(
            ErrorCode::AnotherFile,
            "the file is not the one that the header If-Match names: download it without that header",
        )
    }

    /// The file of a task is gone.
    pub(crate) fn file_gone() -> Self {
        Self::new(
            ErrorCode::TaskExpired,
            "the file of the export task is gone, as files are after some time: start another task",
        )
    }

    /// The files of tasks cannot be reached now.
    pub(crate) fn storage_unavailable() -> Self {
        Self::new(
            ErrorCode::Unavailable,
            "the storage of files is unavailable: try again later",
        )
        .with_retry_after(DATABASE_RETRY)
    }

    /// The database cannot be asked now.
    pub(crate) fn database_unavailable() -> Self {
        Self::new(
            ErrorCode::Unavailable,
            "the database is unavailable or busy: try again later",
        )
        .with_retry_after(DATABASE_RETRY)
    }
}

impl ApiError {
    /// A page of a list could not be read. Where it took too long, the answer says what would be faster.
    pub(crate) fn of_list(error: StoreError, is_counted: bool) -> Self {
        if error.kind() != StoreErrorKind::TimedOut {
            return error.into();
        }
        let text = if is_counted {
            "the records could not be counted in time: narrow the range of time, or ask with count=false"
        } else {
            "the records could not be found in time: narrow the range of time, or ask with another filter"
        };
        Self::new(ErrorCode::Unavailable, text)
            .with_retry_after(DATABASE_RETRY)
            .with_cause(error)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error.kind() {
            StoreErrorKind::Unavailable | StoreErrorKind::Busy => {
                Self::database_unavailable().with_cause(error)
            }
            StoreErrorKind::TimedOut => Self::new(
                ErrorCode::Unavailable,
                "the database took too long: ask for less, or try again later",
            )
            .with_retry_after(DATABASE_RETRY)
            .with_cause(error),
            // Somebody has to do something: what comes again at once only comes again.
            StoreErrorKind::Full => Self::new(
                ErrorCode::Unavailable,
                "the disk of the database is full: try again later",
            )
            .with_retry_after(OPERATOR_RETRY)
            .with_cause(error),
            StoreErrorKind::ReadOnly => Self::new(
                ErrorCode::Unavailable,
                "the database is read-only at the moment: try again later",
            )
            .with_retry_after(OPERATOR_RETRY)
            .with_cause(error),
            StoreErrorKind::Unsuitable | StoreErrorKind::LacksRights => Self::new(
                ErrorCode::Unavailable,
                "the database cannot be used as it is: try again later",
            )
            .with_retry_after(OPERATOR_RETRY)
            .with_cause(error),
            _ => Self::internal(error),
        }
    }
}
