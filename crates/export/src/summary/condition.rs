//! A filter in words.

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use deskledger_domain::{Column, ExportFilter, Language, MatchKey, Parameter, SummaryWord};

use crate::local_time::LocalTimes;

/// The conditions of a filter, each as a text. What no column shows stands under the name of its parameter.
pub(super) fn conditions(filter: &ExportFilter, language: Language, time_zone: Tz) -> Vec<String> {
    let mut local = LocalTimes::new(time_zone);
    let mut conditions = Vec::new();
    let started = Column::ConnectionStartTime.header(language, time_zone);
    for (word, time) in [
        (SummaryWord::From, filter.time().start()),
        (SummaryWord::Before, filter.time().end()),
    ] {
        if let Some(time) = time {
            let time = word.with(&written(local.of(time)), language);
            conditions.push(language.line(format!("{started}: {time}")));
        }
    }
    let mut add = |column: Column, value: Option<String>| {
        let header = column.header(language, time_zone);
        conditions.extend(value.map(|value| language.line(format!("{header}: {value}"))));
    };
    let key = |key: Option<&MatchKey>| key.map(|key| key.as_str().to_owned());
    let prefix = |prefix| key(prefix).map(|prefix| format!("{prefix}…"));
    add(Column::UserName, key(filter.user_name()));
    add(Column::UserName, prefix(filter.user_name_prefix()));
    add(
        Column::UserName,
        key(filter.domain()).map(|domain| format!("…@{domain}")),
    );
    add(Column::ComputerName, key(filter.computer_name()));
    add(Column::ComputerName, prefix(filter.computer_name_prefix()));
    add(Column::TerminalType, key(filter.terminal_type()));
    add(
        Column::TerminalType,
        key(filter.part_of_terminal_type()).map(|part| format!("…{part}…")),
    );
    for (field, addresses) in filter.addresses() {
        add(field.column(), Some(addresses.text().into_owned()));
    }
    for (field, text) in filter.exact() {
        add(field.column(), Some(text.to_owned()));
    }
    for (column, range, unit) in [
        (Column::NetworkRtt, filter.network_rtt(), ""),
        (Column::E2eRtt, filter.e2e_rtt(), ""),
        (Column::Duration, filter.duration(), " s"),
    ] {
        add(column, range.min().map(|least| format!("≥ {least}{unit}")));
        add(column, range.max().map(|most| format!("≤ {most}{unit}")));
    }
    let reason = filter
        .failure_reason()
        .map(|reason| reason.as_str().to_owned());
    add(Column::ConnectionFailureReason, reason);
    let yes_or_no = |yes| if yes { language.yes() } else { language.no() };
    let is_reconnect = filter.is_reconnect().map(|yes| yes_or_no(yes).to_owned());
    add(Column::IsReconnect, is_reconnect);
    let mut add = |parameter: Parameter, value: Option<String>| {
        conditions.extend(value.map(|value| language.line(format!("{parameter}: {value}"))));
    };
    add(
        Parameter::State,
        filter.state().map(|state| state.name().to_owned()),
    );
    add(
        Parameter::ActiveAt,
        filter.active_at().map(|time| {
            let times = std::iter::once(time.from()).chain(time.until());
            let times: Vec<_> = times.map(|time| written(local.of(time))).collect();
            times.join(" – ")
        }),
    );
    conditions
}

/// A time as the sheets of records show it, with all that is known of it.
fn written(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.f").to_string()
}
