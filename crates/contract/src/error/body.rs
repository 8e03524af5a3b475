use serde::Serialize;

/// The most characters a message may have (`contract.md` §5).
pub const MAX_MESSAGE_CHARS: usize = 1000;

/// The body of every error, as it is sent.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ErrorBody<'a> {
    /// The code, for programs.
    pub error_code: &'static str,
    /// What is wrong, for people: at most [`MAX_MESSAGE_CHARS`] characters.
    pub error_msg: &'a str,
    /// With 403 alone: why the policy denied the action, sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoded_authorization_message: Option<&'a str>,
    /// With a recording of NDJSON that did not come to its end: everything good up to this line is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_lines: Option<u64>,
}
