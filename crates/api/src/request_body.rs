//! Bodies of requests that need none.

use actix_web::{HttpMessage as _, HttpRequest, web};
use futures_util::StreamExt as _;

use crate::error::{ApiError, ErrorCode};
use crate::settings::LimitSettings;

/// A body that a request does not need: one that is small and of the documented type is let pass unread.
///
/// # Errors
/// When it is too large (413), or of another type than `application/json` (415).
pub(crate) async fn refuse_body(
    request: &HttpRequest,
    mut payload: web::Payload,
    limits: &LimitSettings,
) -> Result<(), ApiError> {
    let mut bytes: u64 = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            ApiError::new(
                ErrorCode::InvalidRequest,
                "the body of the request broke off",
            )
            .with_cause(error.to_string())
        })?;
        bytes += chunk.len() as u64;
        if bytes > limits.body_bytes {
            return Err(ApiError::new(
                ErrorCode::BodyTooLarge,
                format!(
                    "the body of the request has more than {} bytes: send none",
                    limits.body_bytes
                ),
            ));
        }
    }
    if bytes > 0 && !is_json(request) {
        return Err(ApiError::new(
            ErrorCode::UnsupportedMediaType,
            "the body of the request is not application/json: send none",
        ));
    }
    Ok(())
}

fn is_json(request: &HttpRequest) -> bool {
    request
        .content_type()
        .eq_ignore_ascii_case("application/json")
}
