//! The summary as rows of a sheet: what a figure is about, a value, and how many records.
//!
//! Values of records stand in the second column and have a number behind them; what is ours and has a number stands in
//! the first. So no value can pass for a word of ours.

use deskledger_domain::{ExportRequest, Language, SummaryWord};
use deskledger_workbook as workbook;
use deskledger_workbook::{Cell, ColumnKind};

use super::condition::conditions;
use super::{Summary, TALLIED};
use crate::row::width;

/// How many values of each kind are listed.
const TOP: usize = 20;

/// A row of the sheet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    about: String,
    value: String,
    records: Option<u64>,
}

impl Row {
    fn counted(about: impl Into<String>, value: impl Into<String>, records: u64) -> Self {
        Self {
            about: about.into(),
            value: value.into(),
            records: Some(records),
        }
    }

    fn stated(about: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            about: about.into(),
            value: value.into(),
            records: None,
        }
    }

    /// Its cells, in the order of [`columns`].
    pub(crate) fn cells(&self) -> [Cell<'_>; 3] {
        let number = |records: u64| Cell::Integer(records.try_into().unwrap_or(i64::MAX));
        [
            Cell::Text(&self.about),
            Cell::Text(&self.value),
            self.records.map_or(Cell::Empty, number),
        ]
    }
}

/// The columns of the sheet.
pub(crate) fn columns(language: Language) -> Vec<workbook::Column> {
    [
        (SummaryWord::Summary, ColumnKind::Text, 36),
        (SummaryWord::Value, ColumnKind::Text, 48),
        (SummaryWord::Records, ColumnKind::Integer, 16),
    ]
    .into_iter()
    .map(|(word, kind, least)| {
        let header = word.text(language);
        workbook::Column::new(header, kind).width(width(header, least))
    })
    .collect()
}

/// The rows of the sheet: the filter, the number of all records, the values that most of them have, and the days.
pub(crate) fn rows(summary: &Summary, request: &ExportRequest) -> Vec<Row> {
    let (language, time_zone) = (request.language, request.time_zone);
    let word = |word: SummaryWord| word.text(language);
    let mut rows: Vec<_> = conditions(&request.filter, language, time_zone)
        .into_iter()
        .map(|condition| Row::stated(word(SummaryWord::Filter), condition))
        .collect();
    if rows.is_empty() {
        rows.push(Row::stated(
            word(SummaryWord::Filter),
            word(SummaryWord::NoFilter),
        ));
    }
    rows.push(Row::counted(word(SummaryWord::Total), "", summary.records));

    for (column, tally) in TALLIED.into_iter().zip(&summary.tallies) {
        let header = column.header(language, time_zone);
        let of_header = |rest: SummaryWord| format!("{header}: {}", word(rest));
        let mut others = tally.with_value();
        for top in tally.top(TOP) {
            others -= top.records;
            rows.push(Row::counted(&*header, top.value, top.records));
        }
        if others > 0 {
            rows.push(Row::counted(of_header(SummaryWord::Others), "", others));
        }
        if tally.without_value() > 0 {
            let about = of_header(SummaryWord::WithoutValue);
            rows.push(Row::counted(about, "", tally.without_value()));
        }
        if tally.max_error() > 0 {
            let most = tally.max_error().to_string();
            rows.push(Row::stated(
                &*header,
                SummaryWord::Inexact.with(&most, language),
            ));
        }
    }

    let day = format!("{} ({time_zone})", word(SummaryWord::Day));
    let day_of_zone = language.line(&*day);
    for (date, records) in summary.days.newest_first() {
        rows.push(Row::counted(&*day_of_zone, date.to_string(), records));
    }
    if summary.days.earlier() > 0 {
        let about = language.line(format!("{day}: {}", word(SummaryWord::Earlier)));
        rows.push(Row::counted(about, "", summary.days.earlier()));
    }
    rows
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use deskledger_domain::{
        Action, AddressField, AddressFilter, Column, ConnectionRecord, ConnectionState, ExactField,
        ExportQuery, FailureFilter, NumberRange, Policy, Principal, ProjectId, RecordFields,
        parse_time,
    };

    use super::*;

    fn request(language: Language) -> ExportRequest {
        let project = ProjectId::new("p1").unwrap();
        let principal = Principal::new("ann", project.clone(), ["te_admin"]);
        let scope = Policy::default()
            .authorize(&principal, Action::ExportConnections, &project)
            .unwrap();
        let pairs = [("summary", "true"), ("language", language.tag())];
        let query = ExportQuery::from_pairs(pairs).unwrap();
        query.into_request(scope).unwrap()
    }

    /// A summary with little room, of so many users with one record each and of one with every other.
    fn crowded(users: u32) -> Summary {
        let mut summary = Summary::with_room(2_000);
        let start = parse_time("2020-04-24T03:02:45Z").unwrap();
        for number in 0..users {
            for user_name in [format!("user{number:05}"), "often".to_owned()] {
                let fields = RecordFields {
                    user_name: Some(user_name),
                    ..RecordFields::new(number.to_string(), start)
                };
                let project = ProjectId::new("p1").unwrap();
                let record = ConnectionRecord::new(project, fields).unwrap();
                summary.add(&record.as_ref(), start.date_naive());
            }
        }
        summary
    }

    #[test]
    fn counts_that_may_be_too_low_say_so_and_by_how_much() {
        let summary = crowded(5_000);
        for language in Language::ALL {
            let rows = rows(&summary, &request(language));
            let header = Column::UserName.header(language, Tz::UTC);
            let of_users = || rows.iter().filter(|row| row.about.starts_with(&*header));
            let all: u64 = of_users().filter_map(|row| row.records).sum();
            assert_eq!(all, 10_000, "what a count lacks is among the others");

            let most = of_users().next().unwrap();
            let error = summary.tallies[0].max_error();
            assert_eq!(most.value, "often");
            let counted = most.records.unwrap();
            assert!(counted <= 5_000 && 5_000 <= counted + error && error < 5_000);
            let stated = SummaryWord::Inexact.with(&error.to_string(), language);
            assert!(of_users().any(|row| row.value == stated && row.records.is_none()));
            // What has room is exact, and says nothing.
            let inexact = rows.iter().filter(|row| row.value == stated);
            assert_eq!(inexact.count(), 1);
        }
    }

    #[test]
    fn every_condition_is_stated() {
        let filter = request(Language::EnUs).filter;
        let filter = filter
            .with_part_of_terminal_type("Win")
            .with_address(
                AddressField::PublicIp,
                AddressFilter::new("198.51.100.7").unwrap(),
            )
            .with_exact(ExactField::EnterpriseProjectId, "0")
            .with_network_rtt(NumberRange::new(Some(5), None).unwrap())
            .with_e2e_rtt(NumberRange::new(Some(1), Some(9)).unwrap())
            .with_user_name_prefix("Jy")
            .with_duration(NumberRange::new(None, Some(60)).unwrap())
            .with_failure_reason(FailureFilter::new("400200"))
            .with_is_reconnect(true)
            .with_state(ConnectionState::Open)
            .with_active_at(parse_time("2026-02-01T12:00Z").unwrap())
            .with_domain("Local.com")
            .unwrap();
        let values: Vec<_> = conditions(&filter, Language::EnUs, Tz::UTC)
            .into_iter()
            .map(|condition| condition.split_once(": ").unwrap().1.to_owned())
            .collect();
        assert_eq!(
            values,
            [
                "jy…",
                "…@local.com",
                "…win…",
                "198.51.100.7",
                "0",
                "≥ 5",
                "≥ 1",
                "≤ 9",
                "≥ 0 s",
                "≤ 60 s",
                "400200",
                "Yes",
                "open",
                "2026-02-01 12:00:00"
            ]
        );
    }

    #[test]
    fn counts_that_are_exact_say_nothing() {
        let summary = crowded(10);
        let rows = rows(&summary, &request(Language::EnUs));
        let stated: Vec<_> = rows.iter().filter(|row| row.records.is_none()).collect();
        assert_eq!(stated, [&Row::stated("Filter", "None: all records")]);
        assert_eq!(rows[2], Row::counted("Username", "often", 10));
    }
}
