//! How the errors of the other crates become what a client is told.

use std::time::Duration;

use deskledger_domain::{InvalidFilter, InvalidProjectId};
use deskledger_store::{StoreError, StoreErrorKind};

use super::{ApiError, ErrorCode};

/// How long a client should wait when the database is away.
const DATABASE_RETRY: Duration = Duration::from_secs(5);

impl From<InvalidFilter> for ApiError {
    fn from(mistake: InvalidFilter) -> Self {
        let code = match &mistake {
            InvalidFilter::UnknownParameter { .. } => ErrorCode::UnknownParameter,
            InvalidFilter::Repeated { .. } => ErrorCode::RepeatedParameter,
            InvalidFilter::TooLong { .. } => ErrorCode::ParameterTooLong,
            InvalidFilter::ForbiddenCharacter { .. } => ErrorCode::ForbiddenCharacter,
            InvalidFilter::Time { .. } => ErrorCode::InvalidTime,
            InvalidFilter::EndWithoutStart => ErrorCode::EndWithoutStart,
            InvalidFilter::TimeRange { .. } => ErrorCode::EmptyTimeRange,
            InvalidFilter::Number { .. } => ErrorCode::InvalidNumber,
            InvalidFilter::NumberRange { .. } => ErrorCode::EmptyNumberRange,
            InvalidFilter::Domain { .. } => ErrorCode::InvalidDomain,
            InvalidFilter::Marker { .. } => ErrorCode::InvalidMarker,
            InvalidFilter::MarkerWithOffset => ErrorCode::MarkerWithOffset,
            InvalidFilter::QueryType { .. } => ErrorCode::UnknownQueryType,
            InvalidFilter::NoPeriod => ErrorCode::NoPeriod,
            InvalidFilter::TooManyDays { .. } => ErrorCode::TooManyDays,
            InvalidFilter::Language { .. } => ErrorCode::UnknownLanguage,
            InvalidFilter::TimeZone { .. } => ErrorCode::UnknownTimeZone,
            InvalidFilter::Format { .. } => ErrorCode::UnknownFormat,
            InvalidFilter::Boolean { .. } => ErrorCode::InvalidBoolean,
            InvalidFilter::NoSummary { .. } => ErrorCode::NoSummary,
            _ => ErrorCode::InvalidRequest,
        };
        Self::new(code, mistake.to_string())
    }
}

impl From<InvalidProjectId> for ApiError {
    fn from(mistake: InvalidProjectId) -> Self {
        Self::new(ErrorCode::InvalidProjectId, mistake.to_string())
    }
}

impl ApiError {
    /// The database cannot be asked now.
    pub(crate) fn database_away() -> Self {
        Self::new(
            ErrorCode::Unavailable,
            "the database is away or busy: try again later",
        )
        .with_retry_after(DATABASE_RETRY)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error.kind() {
            StoreErrorKind::Unavailable | StoreErrorKind::Busy => {
                Self::database_away().with_cause(error)
            }
            StoreErrorKind::TimedOut => Self::new(
                ErrorCode::Unavailable,
                "the database took too long: ask for less, or try again later",
            )
            .with_retry_after(DATABASE_RETRY)
            .with_cause(error),
            _ => Self::internal(error),
        }
    }
}
