/// A status of a response: its number, and its name as the document uses it (RFC 9110 §15).
#[derive(Clone, Copy)]
pub(super) struct Status {
    pub(super) number: u16,
    pub(super) name: &'static str,
}

macro_rules! statuses {
    ($($constant:ident: $number:literal $name:literal)*) => {
        impl Status {
            $(pub(super) const $constant: Self = Self { number: $number, name: $name };)*
        }
    };
}

statuses! {
    BAD_REQUEST: 400 "BadRequest"
    UNAUTHORIZED: 401 "Unauthorized"
    FORBIDDEN: 403 "Forbidden"
    NOT_FOUND: 404 "NotFound"
    METHOD_NOT_ALLOWED: 405 "MethodNotAllowed"
    REQUEST_TIMEOUT: 408 "RequestTimeout"
    CONFLICT: 409 "Conflict"
    GONE: 410 "Gone"
    PRECONDITION_FAILED: 412 "PreconditionFailed"
    PAYLOAD_TOO_LARGE: 413 "PayloadTooLarge"
    URI_TOO_LONG: 414 "URITooLong"
    UNSUPPORTED_MEDIA_TYPE: 415 "UnsupportedMediaType"
    RANGE_NOT_SATISFIABLE: 416 "RangeNotSatisfiable"
    UPGRADE_REQUIRED: 426 "UpgradeRequired"
    TOO_MANY_REQUESTS: 429 "TooManyRequests"
    REQUEST_HEADER_FIELDS_TOO_LARGE: 431 "RequestHeaderFieldsTooLarge"
    INTERNAL_SERVER_ERROR: 500 "InternalServerError"
    SERVICE_UNAVAILABLE: 503 "ServiceUnavailable"
}
