//! The parameters that operations share, and those of their queries, which are the ones that `domain` knows.

use deskledger_domain::{
    AuditQuery, ExportFormat, ExportQuery, Language, ListQuery, OnlineQuery, Page,
    Parameter as QueryParameter, Period, ProjectId, RttRange, TaskExportQuery, TaskFilter, TaskId,
    TaskQuery, TaskStatus,
};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// How a time is written. How many days a month has is not for a pattern to say.
pub(super) const TIME: &str = concat!(
    "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
    "[Tt]([01][0-9]|2[0-3]):[0-5][0-9](:([0-5][0-9]|60)(\\.[0-9]+)?)?",
    "([Zz]|[+ -]([01][0-9]|2[0-3]):[0-5][0-9])",
);

/// Any text without U+0000.
pub(super) const TEXT: &str = "^[^\\u0000]*$";

/// Any text without U+0000 and `@`.
const DOMAIN: &str = "^[^\\u0000@]*$";

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
        let describe = |parameter| describe(parameter, "Exports that were asked for");
        AuditQuery::PARAMETERS.into_iter().map(describe).collect()
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

/// The headers that ask for a part of a file.
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
                "\"5cbd0b3f26ff4f0e8cd21e1d12d0a8c2-1\"",
            ),
        ]
    }
}

/// A parameter of a query. `what` is what times are about.
fn describe(parameter: QueryParameter, what: &str) -> Parameter {
    let value = text().max_length(Some(parameter.max_chars()));
    let (rule, schema) = match parameter {
        QueryParameter::StartTime => (
            &*format!(
                "{what} at or after it. In minutes of UTC, or with seconds, a fraction of a second and any offset \
                 (RFC 3339)."
            ),
            value
                .pattern(Some(time_or_nothing()))
                .examples(["2020-04-13T01:59Z", "2020-04-13T09:59:00+08:00"]),
        ),
        QueryParameter::EndTime => (
            &*format!("{what} before it. Needs `start_time`, which must be before it."),
            value
                .pattern(Some(time_or_nothing()))
                .examples(["2020-04-30T02:20Z"]),
        ),
        QueryParameter::UserName => (
            "The name of the user: the whole value, in upper or lower case.",
            value.pattern(Some(TEXT)).examples(["jy01@local.com"]),
        ),
        QueryParameter::ComputerName => (
            "The name of the computer, as its operating system knows it: the whole value, in upper or lower case.",
            value.pattern(Some(TEXT)).examples(["JY011"]),
        ),
        QueryParameter::TerminalType => (
            "The operating system of the terminal: the whole value, in upper or lower case, surrounding blanks \
             ignored.",
            value.pattern(Some(TEXT)).examples(["Windows 10"]),
        ),
        QueryParameter::Language => (
            "The language of headers and values.",
            value
                .enum_values(Some(Language::ALL.map(Language::tag)))
                .default(Some(Language::default().tag().into())),
        ),
        QueryParameter::Format => (
            "The form of the file. Without it the header `Accept` chooses among the media types of the answer, and \
             whoever accepts none of them gets `xlsx`.",
            value.enum_values(Some(ExportFormat::ALL.map(ExportFormat::name))),
        ),
        QueryParameter::Summary => (
            "Whether the workbook ends with a sheet that sums it up: the filter in words, the number of records, the \
             most frequent values, records of each day. Other formats have none.",
            value
                .enum_values(Some(["true", "false"]))
                .default(Some("false".into())),
        ),
        QueryParameter::Offset => (
            "How many of the list are passed over.",
            number(Page::MAX_OFFSET).default(Some(0.into())),
        ),
        QueryParameter::Limit => (
            "How many are sent at most.",
            number(Page::MAX_LIMIT).default(Some(Page::DEFAULT_LIMIT.into())),
        ),
        QueryParameter::Marker => (
            "Where to go on: the `next_marker` of an answer for the same project, unchanged. Not together with `offset`.",
            value.pattern(Some(TEXT)),
        ),
        QueryParameter::EnterpriseProjectId => (
            "The identifier of the desktop's enterprise project: the whole value.",
            value.pattern(Some(TEXT)).examples(["0"]),
        ),
        QueryParameter::PublicIp => (
            "The address with which the terminal left its network: the whole value, as it was recorded.",
            value.pattern(Some(TEXT)).examples(["198.51.100.7"]),
        ),
        QueryParameter::MinNetworkRtt => (
            "The shortest round trip of the network, in milliseconds. A record without one is not found.",
            number(RttRange::MOST),
        ),
        QueryParameter::MaxNetworkRtt => (
            "The longest round trip of the network, in milliseconds: at least `min_network_rtt`. A record without one \
             is not found.",
            number(RttRange::MOST),
        ),
        QueryParameter::MinE2eRtt => (
            "The shortest round trip from end to end, in milliseconds. A record without one is not found.",
            number(RttRange::MOST),
        ),
        QueryParameter::MaxE2eRtt => (
            "The longest round trip from end to end, in milliseconds: at least `min_e2e_rtt`. A record without one is \
             not found.",
            number(RttRange::MOST),
        ),
        QueryParameter::Domain => (
            "The domain of the user: what stands after the last `@` of his name, in upper or lower case.",
            value.pattern(Some(DOMAIN)).examples(["local.com"]),
        ),
        QueryParameter::QueryType => (
            "Today by the hour, or the last 7 or 30 days, today among them.",
            value.enum_values(Some(Period::ALL.map(Period::name))),
        ),
        QueryParameter::FileName
        | QueryParameter::TaskId
        | QueryParameter::Status
        | QueryParameter::IsDownload
        | QueryParameter::SortField
        | QueryParameter::SortType => task_rule(parameter, value),
        QueryParameter::TimeZone => (
            "The zone in which times are written, by its IANA name. It has no effect on the filter.",
            value
                .default(Some("UTC".into()))
                .examples(["Asia/Shanghai"]),
        ),
    };
    query_parameter(parameter, rule, schema)
}

/// What the list of tasks alone knows: the last is the way that it is sorted.
fn task_rule(parameter: QueryParameter, value: ObjectBuilder) -> (&'static str, ObjectBuilder) {
    match parameter {
        QueryParameter::FileName => (
            "What the name of the file holds, in upper and lower case as it is.",
            value.pattern(Some(TEXT)).examples(["20200501"]),
        ),
        QueryParameter::TaskId => (
            "The identifier of the task.",
            value
                .pattern(Some(TEXT))
                .examples(["5cbd0b3f26ff4f0e8cd21e1d12d0a8c2"]),
        ),
        QueryParameter::Status => (
            "What has become of the task.",
            value.enum_values(Some(TaskStatus::ALL.map(TaskStatus::name))),
        ),
        QueryParameter::IsDownload => (
            "Whether its file was ever downloaded.",
            value.enum_values(Some(["true", "false"])),
        ),
        QueryParameter::SortField => (
            "What the list is sorted by.",
            value
                .enum_values(Some(["create_time"]))
                .default(Some("create_time".into())),
        ),
        _ => (
            "Newest or oldest first.",
            value
                .enum_values(Some(["DESC", "ASC"]))
                .default(Some("DESC".into())),
        ),
    }
}

fn query_parameter(parameter: QueryParameter, rule: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(parameter.name())
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(rule))
        .schema(Some(schema))
        .build()
}

/// A time, or nothing at all.
fn time_or_nothing() -> String {
    format!("^({TIME})?$")
}

fn number(most: u32) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .maximum(Some(most))
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}
