use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use deskledger_settings::LimitSettings;

use crate::error::ApiError;

/// A value that is replaced while others use it. All clones hold the same one.
pub(crate) struct Live<T>(Arc<RwLock<Arc<T>>>);

impl<T> Live<T> {
    /// The value at first.
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(value))))
    }

    /// The value as it is now. It stays what it is, also when it is replaced.
    pub(crate) fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

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
