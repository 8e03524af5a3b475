//! The parameters of operations: in the path, in headers, and which ones their queries have.

use deskledger_domain::{
    LinkFilter, LinkId, MAX_TEXT_CHARS, Parameter as QueryParameter, ProjectId, SessionId,
    TaskFilter, TaskId, ValuesRequest,
};
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::query::{describe, number, query_parameter};

/// How a time is written. How many days a month has is not for a pattern to say.
pub(super) const TIME: &str = concat!(
    "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
    "[Tt]([01][0-9]|2[0-3]):[0-5][0-9](:([0-5][0-9]|60)(\\.[0-9]+)?)?",
    "([Zz]|[+ -]([01][0-9]|2[0-3]):[0-5][0-9])",
);

/// Any text without U+0000.
pub(super) const TEXT: &str = "^[^\\u0000]*$";

/// What times are about, in a query for records.
const RECORDS: &str = "Records whose connection started";

/// A parameter of a path, by its segment, such as `{project_id}`; `None` for any other segment.
pub fn path_parameter(segment: &str) -> Option<Parameter> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    let text = text().min_length(Some(1));
    let (schema, description) = match name {
        "task_id" => (
            text.max_length(Some(TaskId::MAX_CHARS))
                .pattern(Some("^[A-Za-z0-9-]+$"))
                .examples(["5cbd0b3f26ff4f0e8cd21e1d12d0a8c2"]),
            "The identifier of the task.",
        ),
        "transaction_id" => (
            text.max_length(Some(MAX_TEXT_CHARS))
                .pattern(Some(TEXT))
                .examples(["55f1c3a0-0001"]),
            "The identifier of the connection, in percent-encoded UTF-8: a slash in it is `%2F`.",
        ),
        "session_id" => (
            text.max_length(Some(SessionId::MAX_CHARS))
                .pattern(Some("^[A-Za-z0-9-]+$"))
                .examples(["0f6d8f4ad2c94ee5a0b9b3f1b3a1c2d4"]),
            "The identifier of the session.",
        ),
        "link_id" => (
            text.max_length(Some(LinkId::MAX_CHARS))
                .pattern(Some("^[A-Za-z0-9-]+$"))
                .examples(["0b4ffb5bd2bf44cb98e6a1d0a8f6fa4f"]),
            "The identifier of the link.",
        ),
        "secret" => (
            text.min_length(Some(43))
                .max_length(Some(43))
                .pattern(Some("^[A-Za-z0-9_-]+$"))
                .examples(["7SdnvsKWE0MIxSeAm4K6wkZ2oHCB3-9Itm7rzLQwJ2c"]),
            "The secret of the link, as its `url` has it.",
        ),
        _ => (
            text.max_length(Some(ProjectId::MAX_CHARS))
                .pattern(Some(TEXT))
                .examples(["8dc9c40a06574a598941b254d4b63b43"]),
            "The project of the credentials, which is the tenant: 1 to 255 characters, none of them U+0000, in \
             percent-encoded UTF-8.",
        ),
    };
    let parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(schema));
    Some(parameter.build())
}

/// `X-Project-Id`, which every operation takes that needs credentials.
pub fn project_header() -> Parameter {
    let schema = text()
        .min_length(Some(1))
        .max_length(Some(ProjectId::MAX_CHARS))
        .examples(["8dc9c40a06574a598941b254d4b63b43"]);
    ParameterBuilder::new()
        .name("X-Project-Id")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The project that the request is meant for, as the vendor's SDKs send it: that of the credentials.",
        ))
        .schema(Some(schema))
        .build()
}

/// `X-Request-Id`, which every operation takes.
pub(super) fn request_id() -> Parameter {
    ParameterBuilder::new()
        .name("X-Request-Id")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "An identifier of your own, for the answer and the log: 1 to 128 letters, digits, `-`, `_` and `.`. \
             Any other is replaced.",
        ))
        .schema(Some(text().examples(["from-the-client.1"])))
        .build()
}

/// A parameter of a query for records.
pub fn of_records(parameter: QueryParameter) -> Parameter {
    describe(parameter, RECORDS)
}

/// A parameter of the query of an export that goes on as a task.
pub fn of_task_export(parameter: QueryParameter) -> Parameter {
    let mut described = describe(parameter, RECORDS);
    let rule = match parameter {
        QueryParameter::EndTime => {
            "Records whose connection started before it. Where `start_time` is given, it must be before it."
        }
        QueryParameter::TerminalType => {
            "What the operating system of the terminal holds, in upper or lower case, surrounding blanks ignored."
        }
        _ => return described,
    };
    described.description = Some(rule.to_owned());
    described
}

/// A parameter of the query of users online.
pub fn of_users_online(parameter: QueryParameter) -> Parameter {
    let mut described = describe(parameter, "Hours or days");
    let rule = match parameter {
        QueryParameter::StartTime => {
            "From when on they are counted, where there is no `query_type`. Needs `end_time`."
        }
        QueryParameter::EndTime => {
            "Until before when they are counted: at most 366 days after `start_time`, which it needs."
        }
        QueryParameter::TimeZone => "The zone whose hours and days are meant, by its IANA name.",
        _ => return described,
    };
    described.description = Some(rule.to_owned());
    described
}

/// A parameter of the query of a histogram.
pub fn of_histogram(parameter: QueryParameter) -> Parameter {
    let mut described = describe(parameter, RECORDS);
    if parameter == QueryParameter::TimeZone {
        let rule = "The zone whose hours, days and months are meant, and in which a date alone is read, by its IANA name.";
        described.description = Some(rule.to_owned());
    }
    described
}

/// A parameter of the query of the values of a field.
pub fn of_values(parameter: QueryParameter) -> Parameter {
    match parameter {
        QueryParameter::Limit => {
            let limit = number(ValuesRequest::MAX_LIMIT)
                .minimum(Some(1))
                .default(Some(ValuesRequest::DEFAULT_LIMIT.into()));
            query_parameter(parameter, "How many values are sent at most.", limit)
        }
        QueryParameter::Field => {
            let mut described = describe(parameter, RECORDS);
            described.required = Required::True;
            described
        }
        QueryParameter::TimeZone => {
            let mut described = describe(parameter, RECORDS);
            let rule = "The zone in which a date alone is read, by its IANA name.";
            described.description = Some(rule.to_owned());
            described
        }
        _ => describe(parameter, RECORDS),
    }
}

/// A parameter of the query of the list of audits.
pub fn of_audits(parameter: QueryParameter) -> Parameter {
    describe(parameter, "What was asked for")
}

/// A parameter of the query of an export of audits.
pub fn of_audit_export(parameter: QueryParameter) -> Parameter {
    let mut described = describe(parameter, "What was asked for");
    if parameter == QueryParameter::Language {
        let rule = "The language of headers. Values such as `outcome` are codes in each.";
        described.description = Some(rule.to_owned());
    }
    described
}

/// A parameter of the query of the list of export tasks.
pub fn of_tasks(parameter: QueryParameter) -> Parameter {
    if parameter == QueryParameter::Limit {
        let limit = number(TaskFilter::MAX_LIMIT)
            .minimum(Some(1))
            .default(Some(TaskFilter::DEFAULT_LIMIT.into()));
        query_parameter(parameter, "How many are sent at most.", limit)
    } else {
        describe(parameter, "")
    }
}

/// A parameter of the query of the list of export links.
pub fn of_links(parameter: QueryParameter) -> Parameter {
    if parameter == QueryParameter::Limit {
        let limit = number(LinkFilter::MAX_LIMIT)
            .minimum(Some(1))
            .default(Some(LinkFilter::DEFAULT_LIMIT.into()));
        query_parameter(parameter, "How many are sent at most.", limit)
    } else {
        describe(parameter, "")
    }
}

/// An entity tag, as an example.
const TAG: &str = "\"5cbd0b3f26ff4f0e8cd21e1d12d0a8c2-1\"";

/// The headers that ask for a part of a file, or for the file on a condition.
pub fn range_headers() -> Vec<Parameter> {
    let header = |name: &str, description: &str, example: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(description))
            .schema(Some(text().examples([example])))
            .build()
    };
    vec![
        header(
            "Range",
            "One part of the file (RFC 9110). The whole file is sent where it is several, or not understood.",
            "bytes=0-1023",
        ),
        header(
            "If-Range",
            "The `ETag` of the file that the part must be of. Where it is another file, the whole one is sent.",
            TAG,
        ),
        header(
            "If-None-Match",
            "The `ETag` of the file that the client has. Where it is this one, the answer is 304.",
            TAG,
        ),
        header(
            "If-Match",
            "The `ETag` of the file that the client wants. Where it is another file, the answer is 412.",
            TAG,
        ),
    ]
}

pub(super) fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}
