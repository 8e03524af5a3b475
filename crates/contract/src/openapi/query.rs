//! What the document says of each parameter of a query; the parameters are those that `domain` knows.

use deskledger_domain::{
    AuditAction, AuditOutcome, AuditVia, ExportFormat, Language, NumberRange, Page,
    Parameter as QueryParameter, Period, TaskStatus,
};
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::filter;
use super::parameter::{TEXT, TIME, text};

/// Any text without U+0000 and `@`.
const DOMAIN: &str = "^[^\\u0000@]*$";

/// A parameter of a query. `what` is what times are about.
pub(super) fn describe(parameter: QueryParameter, what: &str) -> Parameter {
    let value = text().max_length(Some(parameter.max_chars()));
    if let Some((rule, schema)) = filter::describe(parameter) {
        return query_parameter(parameter, rule, schema);
    }
    let (rule, schema) = match parameter {
        QueryParameter::StartTime => (
            &*not_before(what),
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
             a client that accepts none of them gets `xlsx`.",
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
        QueryParameter::MinNetworkRtt => (&*shortest("of the network"), number(NumberRange::MOST)),
        QueryParameter::MaxNetworkRtt => (
            &*longest("of the network", "min_network_rtt"),
            number(NumberRange::MOST),
        ),
        QueryParameter::MinE2eRtt => (&*shortest("from end to end"), number(NumberRange::MOST)),
        QueryParameter::MaxE2eRtt => (
            &*longest("from end to end", "min_e2e_rtt"),
            number(NumberRange::MOST),
        ),
        QueryParameter::Domain => (
            "The domain of the user: what stands after the last `@` of the user name, in upper or lower case.",
            value.pattern(Some(DOMAIN)).examples(["local.com"]),
        ),
        QueryParameter::QueryType
        | QueryParameter::FileName
        | QueryParameter::TaskId
        | QueryParameter::Status
        | QueryParameter::IsDownload
        | QueryParameter::SortField
        | QueryParameter::SortType
        | QueryParameter::Count => rule_of_choice(parameter, value),
        QueryParameter::TimeZone => (
            "The zone in which an export writes times, and in which a date alone is read, by its IANA name. Any other time of the \
             filter means the same in every zone.",
            value
                .default(Some("UTC".into()))
                .examples(["Asia/Shanghai"]),
        ),
        // What is left is a filter, described above, or of the list of audits.
        _ => audit_rule(parameter, value),
    };
    query_parameter(parameter, rule, schema)
}

/// What users online and the list of tasks alone know: the last is the way that tasks are sorted.
fn rule_of_choice(
    parameter: QueryParameter,
    value: ObjectBuilder,
) -> (&'static str, ObjectBuilder) {
    match parameter {
        QueryParameter::Count => (
            "Whether the answer says in `total_count` how many match in all. `false` leaves that out, which is faster where there \
             is a filter besides a range of time. A page after a `marker` never says it.",
            value
                .enum_values(Some(["true", "false"]))
                .default(Some("true".into())),
        ),
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
        QueryParameter::QueryType => (
            "Today by the hour, or the last 7 or 30 days, today among them.",
            value.enum_values(Some(Period::ALL.map(Period::name))),
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

/// What the list of audits alone knows: the last is what became of it.
fn audit_rule(parameter: QueryParameter, value: ObjectBuilder) -> (&'static str, ObjectBuilder) {
    match parameter {
        QueryParameter::User => (
            "The name of the user who asked: the whole value, in upper and lower case as it is.",
            value.pattern(Some(TEXT)).examples(["jy01@local.com"]),
        ),
        QueryParameter::Action => (
            "Whether records were read, or something that holds them was deleted.",
            value.enum_values(Some(AuditAction::ALL.map(AuditAction::name))),
        ),
        QueryParameter::Via => (
            "By which way: an export, an export task, the download of its file, a link, or the list.",
            value.enum_values(Some(AuditVia::ALL.map(AuditVia::name))),
        ),
        _ => (
            "What became of it.",
            value.enum_values(Some(AuditOutcome::ALL.map(AuditOutcome::name))),
        ),
    }
}

fn not_before(what: &str) -> String {
    format!(
        "{what} at or after it. In minutes of UTC, or with seconds, a fraction of a second and any offset (RFC 3339); a date alone is its first moment in \
         `time_zone`."
    )
}

fn shortest(round_trip: &str) -> String {
    format!(
        "The shortest round trip {round_trip}, in milliseconds. A record without one, or with a negative one, is not found."
    )
}

fn longest(round_trip: &str, shortest: &str) -> String {
    format!(
        "The longest round trip {round_trip}, in milliseconds: at least `{shortest}`. A record without one, or with a negative one, is not found."
    )
}

pub(super) fn query_parameter(
    parameter: QueryParameter,
    rule: &str,
    schema: ObjectBuilder,
) -> Parameter {
    ParameterBuilder::new()
        .name(parameter.name())
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(rule))
        .schema(Some(schema))
        .build()
}

/// A time, or nothing at all.
pub(super) fn time_or_nothing() -> String {
    format!("^{}?$", time_or_date())
}

/// A time, two of them with a slash between, or nothing at all.
pub(super) fn times_or_nothing() -> String {
    let time = time_or_date();
    format!("^({time}(/{time})?)?$")
}

fn time_or_date() -> String {
    format!("({TIME}|[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))")
}

pub(super) fn number(most: u32) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .maximum(Some(most))
}
