//! What the document says of the filters that every query of records takes (`contract.md` §8).

use deskledger_domain::{
    ConnectionState, HistogramQuery, Interval, NumberRange, Parameter, ValueField,
};
use utoipa::openapi::schema::ObjectBuilder;

use super::parameter::{TEXT, text};
use super::query::{number, times_or_nothing};

/// An address, which is any text without a slash, or a network.
const ADDRESS: &str = concat!(
    "^([^\\u0000/]*",
    "|((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])[.]){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])/(3[0-2]|[12]?[0-9])",
    "|([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}/(12[0-8]|1[01][0-9]|[1-9]?[0-9])",
    "|([0-9a-f]{1,4}:){1,7}:/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$",
);

/// What a filter means, and its schema; `None` for what is no such filter.
pub(super) fn describe(parameter: Parameter) -> Option<(&'static str, ObjectBuilder)> {
    let text = text().max_length(Some(parameter.max_chars()));
    let whole = |text: ObjectBuilder, example: &str| text.pattern(Some(TEXT)).examples([example]);
    Some(match parameter {
        Parameter::State => (
            "What has become of the connection. `failed`: it was never set up, and there is a reason why. `open`: it did not \
             fail and has no end. `ended`: it did not fail and has one.",
            text.enum_values(Some(ConnectionState::ALL.map(ConnectionState::name))),
        ),
        Parameter::FailureReason => (
            "Why there was no connection: the whole reason, or the digits that it begins with, its code.",
            whole(text, "400200"),
        ),
        Parameter::UserNamePrefix => (
            "What the name of the user begins with, in upper or lower case.",
            whole(text, "jy"),
        ),
        Parameter::ComputerNamePrefix => (
            "What the name of the computer begins with, in upper or lower case.",
            whole(text, "JY0"),
        ),
        Parameter::TerminalIp => (
            "The address of the terminal in its own network: the whole value, as it was recorded, or a network in CIDR notation.",
            text.pattern(Some(ADDRESS)).examples(["192.168.1.0/24"]),
        ),
        Parameter::SourceIp => (
            "The address that the gateway saw: the whole value, as it was recorded, or a network in CIDR notation.",
            text.pattern(Some(ADDRESS)).examples(["203.0.113.9"]),
        ),
        Parameter::DesktopIp => (
            "The address of the desktop: the whole value, as it was recorded, or a network in CIDR notation.",
            text.pattern(Some(ADDRESS)).examples(["10.0.3.0/24"]),
        ),
        Parameter::PublicIp => (
            "The address with which the terminal left its network: the whole value, as it was recorded, or a network in CIDR \
             notation.",
            text.pattern(Some(ADDRESS)).examples(["198.51.100.7"]),
        ),
        Parameter::DesktopId => (
            "The identifier of the desktop: the whole value.",
            whole(text, "a4f5a9c1-6d0e-4f6b-9b6f-0b1f3f6f2c11"),
        ),
        Parameter::Sid => (
            "The security identifier of the desktop: the whole value.",
            whole(text, "S-1-5-21-1004336348-1177238915-682003330-1004"),
        ),
        Parameter::TerminalMac => (
            "The hardware address of the terminal: the whole value, as it was recorded.",
            whole(text, "00-ac-9c-c7-9a-df"),
        ),
        Parameter::IsReconnect => (
            "Whether an earlier connection was taken up again. A record of which it is not known is not found.",
            text.enum_values(Some(["true", "false"])),
        ),
        Parameter::MinDuration => (
            "The fewest seconds from setup to end. A record without one of them, or that ended before its setup, is not found.",
            number(NumberRange::MOST),
        ),
        Parameter::MaxDuration => (
            "The most seconds from setup to end: at least `min_duration`. A record without one of them, or that ended before its \
             setup, is not found.",
            number(NumberRange::MOST),
        ),
        Parameter::ActiveAt => (
            "A time at which the connection was open: set up, and not ended yet. It is written as `start_time` is. Two times with a \
             slash between them: connections that were open at some moment from the first time on and before the second one.",
            text.pattern(Some(times_or_nothing()))
                .examples(["2020-04-24T03:10Z", "2020-04-24T03:00Z/2020-04-24T04:00Z"]),
        ),
        Parameter::TransactionId => (
            "The identifier of the connection: the whole value.",
            whole(text, "55f1c3a0-0001"),
        ),
        Parameter::Interval => (
            "How long a bucket is. `auto` chooses the shortest that makes at most 120 buckets. There are at most 400.",
            text.enum_values(Some(
                [HistogramQuery::AUTO]
                    .into_iter()
                    .chain(Interval::ALL.map(Interval::name)),
            ))
            .default(Some(HistogramQuery::AUTO.into())),
        ),
        Parameter::Field => (
            "Whose values are counted.",
            text.enum_values(Some(ValueField::ALL.map(ValueField::name))),
        ),
        Parameter::Prefix => (
            "What the values begin with: of user and computer names, terminal types and domains in upper or lower case.",
            whole(text, "jy"),
        ),
        _ => return None,
    })
}
