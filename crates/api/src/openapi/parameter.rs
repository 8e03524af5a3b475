//! The parameters of operations: in the path, in headers, and which ones their queries have.

use deskledger_domain::{
    AuditExportQuery, AuditQuery, ExportQuery, ListQuery, OnlineQuery, Parameter as QueryParameter,
    ProjectId, TaskExportQuery, TaskFilter, TaskId, TaskQuery,
};
use utoipa::IntoParams;
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

/// `project_id` in the path.
pub(crate) struct ProjectIdParameter;

impl IntoParams for ProjectIdParameter {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = text()
            .min_length(Some(1))
            .max_length(Some(ProjectId::MAX_CHARS))
            .pattern(Some(TEXT))
            .examples(["8dc9c40a06574a598941b254d4b63b43"]);
        let parameter = ParameterBuilder::new()
            .name("project_id")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(
                "The project of the credentials, which is the tenant: 1 to 255 characters, none of them U+0000, in \
                 percent-encoded UTF-8.",
            ))
            .schema(Some(schema));
        vec![parameter.build()]
    }
}

/// `X-Project-Id`, which every operation takes that needs credentials.
pub(crate) struct ProjectIdHeader;

impl IntoParams for ProjectIdHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = text()
            .min_length(Some(1))
            .max_length(Some(ProjectId::MAX_CHARS))
            .examples(["8dc9c40a06574a598941b254d4b63b43"]);
        let parameter = ParameterBuilder::new()
            .name("X-Project-Id")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "The project that the request is meant for, as the vendor's SDKs send it: that of the credentials.",
            ))
            .schema(Some(schema));
        vec![parameter.build()]
    }
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

/// The query of an export.
pub(crate) struct ExportParameters;

impl IntoParams for ExportParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let describe = |parameter| describe(parameter, RECORDS);
        ExportQuery::PARAMETERS.into_iter().map(describe).collect()
    }
}

/// The query of an export that goes on as a task.
pub(crate) struct TaskExportParameters;

impl IntoParams for TaskExportParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let describe = |parameter| {
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
        };
        TaskExportQuery::PARAMETERS
            .into_iter()
            .map(describe)
            .collect()
    }
}

/// The query of the list of records.
pub(crate) struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let describe = |parameter| describe(parameter, RECORDS);
        ListQuery::PARAMETERS.into_iter().map(describe).collect()
    }
}

/// The query of users online.
pub(crate) struct OnlineParameters;

impl IntoParams for OnlineParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let describe = |parameter| {
            let mut described = describe(parameter, "Hours or days");
            let rule = match parameter {
                QueryParameter::StartTime => {
                    "From when on they are counted, where there is no `query_type`. Needs `end_time`."
                }
                QueryParameter::EndTime => {
                    "Until before when they are counted: at most 366 days after `start_time`, which it needs."
                }
                QueryParameter::TimeZone => {
                    "The zone whose hours and days are meant, by its IANA name."
                }
                _ => return described,
            };
            described.description = Some(rule.to_owned());
            described
        };
        OnlineQuery::PARAMETERS.into_iter().map(describe).collect()
    }
}

/// The query of the list of audits.
pub(crate) struct AuditParameters;

impl IntoParams for AuditParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let describe = |parameter| describe(parameter, "What was asked for");
        AuditQuery::PARAMETERS.into_iter().map(describe).collect()
    }
}

/// The query of an export of audits.
pub(crate) struct AuditExportParameters;

impl IntoParams for AuditExportParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let describe = |parameter| {
            let mut described = describe(parameter, "What was asked for");
            if parameter == QueryParameter::Language {
                let rule = "The language of headers. Values such as `outcome` are codes in each.";
                described.description = Some(rule.to_owned());
            }
            described
        };
        AuditExportQuery::PARAMETERS
            .into_iter()
            .map(describe)
            .collect()
    }
}

/// The query of the list of export tasks.
pub(crate) struct TaskParameters;

impl IntoParams for TaskParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let describe = |parameter| {
            if parameter == QueryParameter::Limit {
                let limit = number(TaskFilter::MAX_LIMIT)
                    .minimum(Some(1))
                    .default(Some(TaskFilter::DEFAULT_LIMIT.into()));
                query_parameter(parameter, "How many are sent at most.", limit)
            } else {
                describe(parameter, "")
            }
        };
        TaskQuery::PARAMETERS.into_iter().map(describe).collect()
    }
}

/// `task_id` in the path.
pub(crate) struct TaskIdParameter;

impl IntoParams for TaskIdParameter {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = text()
            .min_length(Some(1))
            .max_length(Some(TaskId::MAX_CHARS))
            .pattern(Some("^[A-Za-z0-9-]+$"))
            .examples(["5cbd0b3f26ff4f0e8cd21e1d12d0a8c2"]);
        let parameter = ParameterBuilder::new()
            .name("task_id")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("The identifier of the task."))
            .schema(Some(schema));
        vec![parameter.build()]
    }
}

/// An entity tag, as an example.
const TAG: &str = "\"5cbd0b3f26ff4f0e8cd21e1d12d0a8c2-1\"";

/// The headers that ask for a part of a file, or for the file on a condition.
pub(crate) struct RangeParameters;

impl IntoParams for RangeParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
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
}

pub(super) fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}
