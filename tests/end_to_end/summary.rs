//! The summary of a workbook: what it says is what a plain scan of the records finds.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use deskledger_domain::{
    Column, ConnectionRecord, ExportQuery, ExportRequest, Language, RecordFields, SummaryWord,
};
use deskledger_tests::{
    Cell, Database, PROJECT, Service, Sheet, TOKEN, on_both_databases, part, scope, sheets,
};
use rand::SeedableRng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

use crate::filter::{encode, random_pairs};
use crate::record::{bare, realistic};

on_both_databases! {
    the_figures_are_those_of_a_plain_scan_for_random_filters
    a_summary_is_written_in_every_language
    the_records_are_the_same_with_a_summary_and_without
    spellings_of_a_name_are_counted_together_and_no_value_becomes_a_formula
    a_summary_is_asked_for_and_answered_as_a_workbook
}

const RECORDS: u64 = 600;

/// What is counted, the value that the records have, and how many they are.
type Figure = (String, String, usize);

/// The rows of a summary without the filter, from a plain scan of `records`, newest first.
fn scan(records: &[&ConnectionRecord], request: &ExportRequest) -> Vec<Figure> {
    let (language, time_zone) = (request.language, request.time_zone);
    let word = |word: SummaryWord| word.text(language);
    let mut rows = vec![(
        word(SummaryWord::Total).to_owned(),
        String::new(),
        records.len(),
    )];
    for column in [
        Column::UserName,
        Column::ComputerName,
        Column::TerminalType,
        Column::ConnectionFailureReason,
    ] {
        let header = column.header(language, time_zone);
        let mut counts = BTreeMap::<String, (&str, usize)>::new();
        let mut without = 0;
        for record in records {
            let fields = record.fields();
            let (value, key) = match column {
                Column::UserName => (
                    fields.user_name.as_deref(),
                    str::to_lowercase as fn(&_) -> _,
                ),
                Column::ComputerName => (fields.computer_name.as_deref(), str::to_lowercase as _),
                Column::TerminalType => (
                    fields.terminal_type.as_deref().map(str::trim),
                    str::to_lowercase as _,
                ),
                _ => (
                    fields.connection_failure_reason.as_deref(),
                    str::to_owned as _,
                ),
            };
            match value.unwrap_or_default() {
                "" => without += 1,
                value => counts.entry(key(value)).or_insert((value, 0)).1 += 1,
            }
        }
        let mut counts: Vec<_> = counts.into_values().collect();
        // It is stable, and so ties stay in the order of their keys.
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let others: usize = counts.iter().skip(20).map(|(_, count)| count).sum();
        rows.extend(
            counts
                .iter()
                .take(20)
                .map(|(value, count)| (header.to_string(), (*value).to_owned(), *count)),
        );
        for (rest, count) in [
            (SummaryWord::Others, others),
            (SummaryWord::WithoutValue, without),
        ] {
            if count > 0 {
                rows.push((format!("{header}: {}", word(rest)), String::new(), count));
            }
        }
    }
    let mut days = BTreeMap::<_, usize>::new();
    for record in records {
        let started = record.fields().connection_start_time;
        *days
            .entry(started.with_timezone(&time_zone).date_naive())
            .or_default() += 1;
    }
    let day = language.line(format!("{} ({time_zone})", word(SummaryWord::Day)));
    rows.extend(
        days.into_iter()
            .rev()
            .map(|(date, count)| (day.clone(), date.format("%Y-%m-%d").to_string(), count)),
    );
    rows
}

/// What a row of a summary says; no count is `None`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the counts of the tests are small"
)]
fn reported(row: &[Cell]) -> (String, String, Option<usize>) {
    let text = |cell: &Cell| {
        if let Cell::Text(text) = cell {
            return text.clone();
        }
        assert_eq!(*cell, Cell::Empty);
        String::new()
    };
    let count = if let Cell::Number(number) = row[2] {
        Some(number as usize)
    } else {
        assert_eq!(row[2], Cell::Empty);
        None
    };
    (text(&row[0]), text(&row[1]), count)
}

/// The conditions of a summary, and then its figures.
fn read(sheet: &Sheet) -> (Vec<(String, String)>, Vec<Figure>) {
    let rows: Vec<_> = sheet.rows.iter().map(|row| reported(row)).collect();
    let conditions = rows.iter().take_while(|(_, _, count)| count.is_none());
    let conditions: Vec<_> = conditions
        .map(|(about, value, _)| (about.clone(), value.clone()))
        .collect();
    let figures = rows[conditions.len()..].iter();
    let figures = figures
        .map(|(about, value, count)| (about.clone(), value.clone(), count.unwrap()))
        .collect();
    (conditions, figures)
}

fn the_figures_are_those_of_a_plain_scan_for_random_filters(database: &Database) {
    let mut records = database.fill(PROJECT, realistic(RECORDS));
    database.fill("another", realistic(RECORDS));
    records.sort_by_key(|record| {
        let fields = record.fields();
        (fields.connection_start_time, fields.transaction_id.clone())
    });
    records.reverse();
    let service = Service::start(database);
    let mut random = ChaCha8Rng::seed_from_u64(23);
    let mut largest = 0;
    for _ in 0..60 {
        let mut pairs = random_pairs(&mut random, &records);
        let language = *Language::ALL.choose(&mut random).unwrap();
        let time_zone = *[Tz::UTC, Tz::Asia__Kathmandu, Tz::America__New_York]
            .choose(&mut random)
            .unwrap();
        pairs.push(("language", language.to_string()));
        pairs.push(("time_zone", time_zone.to_string()));
        pairs.push(("summary", "true".to_owned()));
        let request = ExportQuery::from_pairs(pairs.iter().map(|(n, v)| (*n, v.as_str())))
            .unwrap()
            .into_request(scope(PROJECT))
            .unwrap();
        let matching: Vec<_> = records
            .iter()
            .filter(|record| request.filter.matches(record))
            .collect();

        let answer = service.export(&encode(&pairs));
        assert_eq!(answer.status, 200, "{pairs:?}");
        let sheets = sheets(&answer.body);
        assert_eq!(sheets.len(), 2);
        assert_eq!(sheets[0].rows.len(), matching.len(), "{pairs:?}");
        let (conditions, figures) = read(&sheets[1]);
        assert_eq!(figures, scan(&matching, &request), "{pairs:?}");

        let filters = pairs.iter().filter(|(name, value)| {
            !value.trim().is_empty() && !matches!(*name, "language" | "time_zone" | "summary")
        });
        // Of a greatest number alone, the least is zero and said.
        let has = |name: &str| pairs.iter().any(|(other, _)| *other == name);
        let least = usize::from(has("max_duration") && !has("min_duration"));
        let stated = filters.count() + least;
        assert_eq!(conditions.len(), stated.max(1), "{pairs:?}");
        for (about, _) in &conditions {
            assert_eq!(about, SummaryWord::Filter.text(language));
        }
        largest = largest.max(figures.len());
    }
    assert!(largest > 60, "no summary had much to say");
}

fn a_summary_is_written_in_every_language(database: &Database) {
    let named = |id: &str, user: &str, start: &str| RecordFields {
        user_name: Some(user.to_owned()),
        ..bare(id, start)
    };
    database.fill(
        PROJECT,
        [
            named("1", "ann", "2020-04-13T21:30Z"),
            named("2", "ann", "2020-04-14T02:00Z"),
            named("3", "bob", "2020-04-15T02:00Z"),
        ],
    );
    let service = Service::start(database);
    for language in Language::ALL {
        let query = format!(
            "language={language}&time_zone=Asia/Riyadh&summary=true&user_name=ANN\
             &start_time=2020-04-13T00:00Z&end_time=2020-04-30T10:00:00.5Z"
        );
        let answer = service.export(&query);
        assert_eq!(answer.status, 200, "{language}");
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));

        let sheet = sheets(&answer.body).remove(1);
        let word = |word: SummaryWord| word.text(language).to_owned();
        assert_eq!(sheet.name, word(SummaryWord::Summary));
        let header = [
            SummaryWord::Summary,
            SummaryWord::Value,
            SummaryWord::Records,
        ];
        assert_eq!(sheet.header, header.map(word));
        let header = |column: Column| column.header(language, Tz::Asia__Riyadh);
        let started = header(Column::ConnectionStartTime);
        let from = SummaryWord::From.with("2020-04-13 03:00:00", language);
        let before = SummaryWord::Before.with("2020-04-30 13:00:00.500", language);
        let user = header(Column::UserName);
        let (conditions, figures) = read(&sheet);
        let expected = [
            format!("{started}: {from}"),
            format!("{started}: {before}"),
            format!("{user}: ann"),
        ];
        let expected = expected.map(|text| (word(SummaryWord::Filter), language.line(text)));
        assert_eq!(conditions, expected);
        let total = (word(SummaryWord::Total), String::new(), 2);
        assert_eq!(figures[0], total);
        assert_eq!(figures[1], (user.to_string(), "ann".to_owned(), 2));
        // Half past nine in the evening is another day in Riyadh.
        let day = language.line(format!("{} (Asia/Riyadh)", word(SummaryWord::Day)));
        assert_eq!(
            figures.last(),
            Some(&(day, "2020-04-14".to_owned(), 2)),
            "{language}"
        );

        let view = part(&answer.body, "xl/worksheets/sheet2.xml");
        let right_to_left = view.contains("rightToLeft=\"1\"");
        assert_eq!(right_to_left, language == Language::ArSa, "{language}");
    }
}

fn the_records_are_the_same_with_a_summary_and_without(database: &Database) {
    database.fill(PROJECT, realistic(300));
    let service = Service::start(database);
    let [without, with, none] =
        ["", "summary=true", "summary=false&format=xlsx"].map(|query| service.export(query).body);
    assert_eq!(sheets(&without).len(), 1);
    assert!(without == none);
    for name in ["xl/worksheets/sheet1.xml", "xl/styles.xml"] {
        assert!(part(&without, name) == part(&with, name), "{name}");
    }
    let again = service.export("summary=true").body;
    assert!(with == again, "the same records make the same bytes");
    // No record: a summary has its total all the same.
    let none = service.export("summary=true&user_name=nobody").body;
    let (_, figures) = read(&sheets(&none)[1]);
    let total = SummaryWord::Total.text(Language::EnUs).to_owned();
    assert_eq!(figures, [(total, String::new(), 0)]);
    let all = sheets(&service.export("summary=true").body).remove(1);
    let (conditions, _) = read(&all);
    let no_filter = SummaryWord::NoFilter.text(Language::EnUs);
    assert_eq!(conditions, [("Filter".to_owned(), no_filter.to_owned())]);
}

fn spellings_of_a_name_are_counted_together_and_no_value_becomes_a_formula(database: &Database) {
    let record = |id: &str, user: &str, terminal: &str| RecordFields {
        user_name: Some(user.to_owned()),
        terminal_type: Some(terminal.to_owned()),
        ..bare(id, "2020-04-13T02:00Z")
    };
    database.fill(
        PROJECT,
        [
            record("1", "jy01", "Windows 10"),
            record("2", "JY01", "windows 10 "),
            record("3", "Jy01", " Windows 10 "),
            record("4", "=cmd|'/c calc'!A1", " "),
            record("5", "", ""),
            record("6", "Username: all others", "-2"),
        ],
    );
    let body = Service::start(database).export("summary=true").body;
    let (_, figures) = read(&sheets(&body)[1]);
    let of = |about: &str| {
        let figures = figures.iter().filter(|(name, ..)| name == about);
        figures
            .map(|(_, value, count)| (value.as_str(), *count))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("Username"),
        [
            ("Jy01", 3),
            ("=cmd|'/c calc'!A1", 1),
            ("Username: all others", 1)
        ]
    );
    assert_eq!(of("Username: without a value"), [("", 1)]);
    assert_eq!(of("Username: all others"), []);
    assert_eq!(of("Terminal OS Type"), [("Windows 10", 3), ("-2", 1)]);
    assert_eq!(of("Terminal OS Type: without a value"), [("", 2)]);
    let xml = part(&body, "xl/worksheets/sheet2.xml");
    assert!(!xml.contains("<f>") && !xml.contains("<hyperlink"));
    // The mark of what looks like a formula, as in the sheet of the records.
    let style = |xml: &str| {
        let (before, _) = xml.split_once("<t>=cmd|").unwrap();
        let (_, cell) = before.rsplit_once("<c ").unwrap();
        cell.split_once("s=\"")
            .unwrap()
            .1
            .split_once('"')
            .unwrap()
            .0
            .to_owned()
    };
    let records = part(&body, "xl/worksheets/sheet1.xml");
    assert_eq!(style(&xml), style(&records));
}

fn a_summary_is_asked_for_and_answered_as_a_workbook(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start(database);
    for (query, accept, summaries) in [
        ("summary=true", "text/csv", 1),
        ("summary=true", "application/x-ndjson;q=0.5", 1),
        ("summary=true&format=xlsx", "text/csv", 1),
        ("summary=&format=xlsx", "*/*", 0),
    ] {
        let headers = [("X-Auth-Token", TOKEN), ("Accept", accept)];
        let answer = service.get(&Service::export_path(query), &headers);
        assert_eq!(answer.status, 200, "{query}");
        let disposition = answer.header("content-disposition").unwrap();
        assert!(disposition.ends_with("Z.xlsx"), "{disposition}");
        assert_eq!(sheets(&answer.body).len(), 1 + summaries, "{query}");
    }
}
