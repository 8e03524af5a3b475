use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use deskledger_lifecycle::Live;
use deskledger_settings::LimitSettings;

use crate::error::ApiError;

/// The limits as they were when the handler of a request began.
pub(crate) struct Limits(Arc<LimitSettings>);

impl Deref for Limits {
    type Target = LimitSettings;

    fn deref(&self) -> &LimitSettings {
        &self.0
    }
}

impl FromRequest for Limits {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let limits = request.app_data::<web::Data<Live<LimitSettings>>>();
        ready(
            limits
                .map(|limits| Self(limits.get()))
                .ok_or_else(|| ApiError::internal("the limits are not configured")),
        )
    }
}
