//! No panic of `rust_xlsxwriter` reaches the caller.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use rust_xlsxwriter::XlsxError;

use crate::error::{WorkbookError, WorkbookErrorKind};

/// Runs a step of `rust_xlsxwriter`, which panics where its temp file cannot be written (a full disk, say). After an
/// error what the step worked on is not to be used again.
pub(crate) fn guarded<T>(
    what: &str,
    step: impl FnOnce() -> Result<T, XlsxError>,
) -> Result<T, WorkbookError> {
    let internal = || WorkbookError::new(WorkbookErrorKind::Internal, what);
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(internal().caused_by(error)),
        Err(payload) => Err(internal().caused_by(panic_text(&*payload))),
    }
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else {
        "a panic without a message".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn a_panic_is_an_internal_error_with_its_text_as_source() {
        let error = guarded::<()>("the row could not be written", || panic!("disk {}", "full"))
            .unwrap_err();
        assert_eq!(error.kind(), WorkbookErrorKind::Internal);
        assert_eq!(error.to_string(), "the row could not be written");
        assert_eq!(error.source().unwrap().to_string(), "disk full");
    }

    #[test]
    fn an_error_is_an_internal_error_with_its_source() {
        let error = guarded::<()>("the row could not be written", || {
            Err(XlsxError::RowColumnLimitError)
        })
        .unwrap_err();
        assert_eq!(error.kind(), WorkbookErrorKind::Internal);
        assert!(error.source().unwrap().is::<XlsxError>());
    }
}
