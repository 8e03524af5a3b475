use crate::error::{ApiError, ErrorCode};
use crate::http::body::BodyFailure;
use crate::recording::{RecordingFailure, Stopped};
use deskledger_ingest::InvalidArray;

impl From<BodyFailure> for ApiError {
    fn from(failure: BodyFailure) -> Self {
        let code = match failure {
            BodyFailure::BrokeOff | BodyFailure::MalformedChunks => ErrorCode::InvalidRequest,
            BodyFailure::TooSlow | BodyFailure::TooSlowForOthers => ErrorCode::BodyTooSlow,
            BodyFailure::TooLarge { .. } | BodyFailure::Inflated { .. } => ErrorCode::BodyTooLarge,
            BodyFailure::Undecodable => ErrorCode::UndecodableBody,
        };
        Self::new(code, failure.to_string())
    }
}

impl From<RecordingFailure> for ApiError {
    fn from(failure: RecordingFailure) -> Self {
        match failure {
            RecordingFailure::Body(failure) => failure.into(),
            RecordingFailure::Array(mistake) => mistake.into(),
            failure @ RecordingFailure::TooManyBadLines(_) => {
                Self::new(ErrorCode::InvalidRecord, failure.to_string())
            }
            failure @ RecordingFailure::TooMuchWork => {
                Self::new(ErrorCode::BodyTooLarge, failure.to_string())
            }
            RecordingFailure::Store(error) => error.into(),
            failure @ RecordingFailure::Unexpected(_) => Self::internal(failure),
        }
    }
}

impl From<Stopped> for ApiError {
    fn from(stopped: Stopped) -> Self {
        let error = Self::from(stopped.failure);
        match stopped.recorded_lines {
            Some(lines) => error.with_recorded_lines(lines),
            None => error,
        }
    }
}

impl From<InvalidArray> for ApiError {
    fn from(mistake: InvalidArray) -> Self {
        let code = match mistake {
            InvalidArray::NotAnArray { .. } | InvalidArray::Utf16 => ErrorCode::InvalidBody,
            InvalidArray::TooMany { .. } => ErrorCode::BodyTooLarge,
            InvalidArray::BadRecord { .. } => ErrorCode::InvalidRecord,
        };
        let of_body = |text: String| match mistake {
            InvalidArray::NotAnArray { .. } | InvalidArray::Utf16 => {
                format!("the body of the request is {text}")
            }
            InvalidArray::TooMany { .. } | InvalidArray::BadRecord { .. } => text,
        };
        Self::new(code, of_body(mistake.to_string())).with_logged(of_body(mistake.without_values()))
    }
}
