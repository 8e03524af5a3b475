//! What an operation may be refused with. An endpoint lists the codes, and the table of codes says the rest.

use std::collections::BTreeMap;

use deskledger_domain::Language;
use serde_json::json;
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::header::{self, ALLOW, RETRY_AFTER};
use crate::error::{ErrorCode, MAX_MESSAGE_CHARS};

/// The language of the document.
const LANGUAGE: Language = Language::EnUs;

/// The name of the schema of every error.
pub(super) const ERROR: &str = "Error";

/// Any request may be refused with these.
const ANY_REQUEST: &[ErrorCode] = &[
    ErrorCode::MethodNotAllowed,
    ErrorCode::UrlTooLong,
    ErrorCode::HeadersTooLarge,
    ErrorCode::Internal,
];

/// A request that needs credentials.
pub const CREDENTIALS: &[ErrorCode] = &[
    ErrorCode::Unauthenticated,
    ErrorCode::WrongSignature,
    ErrorCode::TokenExpired,
    ErrorCode::NoSession,
    ErrorCode::Forbidden,
    ErrorCode::OtherSite,
    ErrorCode::TooManyRequests,
    ErrorCode::Unavailable,
    ErrorCode::IamUnavailable,
    // By the header X-Project-Id.
    ErrorCode::InvalidProjectId,
];

/// A request with a project in its path.
pub const PROJECT: &[ErrorCode] = &[ErrorCode::InvalidProjectId, ErrorCode::NotFound];

/// A request whose query has parameters.
pub const QUERY: &[ErrorCode] = &[
    ErrorCode::InvalidRequest,
    ErrorCode::UnknownParameter,
    ErrorCode::RepeatedParameter,
    ErrorCode::ParameterTooLong,
    ErrorCode::ForbiddenCharacter,
];

/// A request for an answer that has no parts, which every answer to a GET is but the file of a task.
pub const WHOLE: &[ErrorCode] = &[ErrorCode::NotResumable];

/// A request whose body is read.
pub const BODY: &[ErrorCode] = &[
    ErrorCode::InvalidRequest,
    ErrorCode::BodyTooLarge,
    ErrorCode::UnsupportedMediaType,
];

/// The refusals with the codes of these groups and with those that any request may get, by status. A code may be in more
/// than one group.
pub fn refusals(groups: &[&[ErrorCode]]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status = BTreeMap::<_, Vec<ErrorCode>>::new();
    for code in ErrorCode::ALL {
        if ANY_REQUEST.contains(code) || groups.iter().any(|group| group.contains(code)) {
            let status = code.status();
            by_status.entry(status).or_default().push(*code);
        }
    }
    by_status
        .into_iter()
        .map(|(status, codes)| (status.to_string(), refusal(&codes).into()))
        .collect()
}

/// The answer with one status, which these codes have. Its schema is that of every error, and each code has its example: a
/// schema of its own for each operation and status would make as many types in a generated client.
fn refusal(codes: &[ErrorCode]) -> Response {
    let description = match codes {
        [code] => code.meaning(LANGUAGE).to_owned(),
        codes => codes.iter().fold(String::new(), |list, code| {
            list + &format!("- `{}`: {}\n", code.code(), code.meaning(LANGUAGE))
        }),
    };
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(ERROR)))
        .examples_from_iter(codes.iter().map(|code| (code.code(), example(*code))));
    let mut response = ResponseBuilder::new()
        .description(description)
        .content("application/json", content.build());
    if codes.contains(&ErrorCode::MethodNotAllowed) {
        response = response.header_ref(ALLOW, header::reference(ALLOW));
    }
    if codes.iter().any(|code| matches!(code.status(), 429 | 503)) {
        response = response.header_ref(RETRY_AFTER, header::reference(RETRY_AFTER));
    }
    response.build()
}

fn example(code: ErrorCode) -> Example {
    let mut body = json!({"error_code": code.code(), "error_msg": code.meaning(LANGUAGE)});
    if code == ErrorCode::Forbidden {
        body["encoded_authorization_message"] = json!("GvpQ2zbZ0rHkWm1…");
    }
    ExampleBuilder::new()
        .summary(code.meaning(LANGUAGE))
        .description(code.remedy(LANGUAGE))
        .value(Some(body))
        .build()
}

/// The body of every error (`contract.md` §5).
pub(super) fn schema() -> Schema {
    let text = |description: &str| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(description))
    };
    ObjectBuilder::new()
        .description(Some("The body of every error."))
        .property(
            "error_code",
            text("For programs: a code means one thing.").max_length(Some(ErrorCode::MAX_CHARS)),
        )
        .required("error_code")
        .property(
            "error_msg",
            text("For people: it names the culprit and says what would be right. Do not match on it.")
                .max_length(Some(MAX_MESSAGE_CHARS)),
        )
        .required("error_msg")
        .property(
            "encoded_authorization_message",
            text(
                "With 403 alone: why the policy denied the action, sealed. An administrator opens it by \
                 `POST /v5/decode-authorization-message`.",
            ),
        )
        .property(
            "recorded_lines",
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .description(Some(
                    "With a recording of NDJSON alone that did not come to its end: everything good up to this line is \
                     recorded.",
                ))
                .minimum(Some(0)),
        )
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .into()
}
