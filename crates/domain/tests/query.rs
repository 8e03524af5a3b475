//! The rules of `contract.md` §1 for the parameters of an export, and what each mistake says.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use deskledger_domain::{
    Action, ExportFilter, ExportFormat, ExportQuery, ExportRequest, InvalidFilter, Language,
    Parameter, Policy, Principal, ProjectId, ProjectScope, TimeRange, parse_time,
};
use proptest::prelude::*;

fn scope() -> ProjectScope {
    let project = ProjectId::new("p1").unwrap();
    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    Policy::default()
        .authorize(&principal, Action::ExportConnections, &project)
        .unwrap()
}

fn request(pairs: &[(&str, &str)]) -> Result<ExportRequest, InvalidFilter> {
    ExportQuery::from_pairs(pairs.iter().copied())?.into_request(scope())
}

#[test]
fn without_parameters_everything_is_exported_as_a_workbook_in_english_and_utc() {
    let request = request(&[]).unwrap();
    assert_eq!(request.filter, ExportFilter::new(scope()));
    assert_eq!(request.language, Language::EnUs);
    assert_eq!(request.time_zone.name(), "UTC");
    assert_eq!(request.format, ExportFormat::Xlsx);
    assert!(!request.summary);
}

#[test]
fn a_summary_is_of_a_workbook_whatever_is_accepted() {
    for (pairs, format) in [
        (&[][..], ExportFormat::Csv),
        (&[("summary", "false")], ExportFormat::Csv),
        (&[("format", "jsonl")], ExportFormat::JsonLines),
        (&[("summary", "true")], ExportFormat::Xlsx),
        (
            &[("format", "xlsx"), ("summary", "true")],
            ExportFormat::Xlsx,
        ),
    ] {
        let query = ExportQuery::from_pairs(pairs.iter().copied()).unwrap();
        let request = query
            .accepting(ExportFormat::Csv)
            .into_request(scope())
            .unwrap();
        assert_eq!(request.format, format, "{pairs:?}");
        assert_eq!(
            request.summary,
            pairs.contains(&("summary", "true")),
            "{pairs:?}"
        );
    }
}

#[test]
fn every_parameter_is_read() {
    let request = request(&[
        ("start_time", "2020-04-13T01:59Z"),
        ("end_time", "2020-04-30T02:20Z"),
        ("user_name", "JY01@local.com"),
        ("computer_name", "jy011"),
        ("terminal_type", " windows 10 "),
        ("language", "zh_CN"),
        ("time_zone", "Asia/Shanghai"),
        ("format", "csv"),
    ])
    .unwrap();
    let time = |text| parse_time(text).unwrap();
    let range = TimeRange::new(time("2020-04-13T01:59Z"), Some(time("2020-04-30T02:20Z"))).unwrap();
    let filter = ExportFilter::new(scope())
        .with_time(range)
        .with_user_name("jy01@local.com")
        .with_computer_name("JY011")
        .with_terminal_type("Windows 10");
    assert_eq!(request.filter, filter);
    assert_eq!(request.language, Language::ZhCn);
    assert_eq!(request.time_zone.name(), "Asia/Shanghai");
    assert_eq!(request.format, ExportFormat::Csv);
}

#[test]
fn a_start_alone_leaves_the_end_open() {
    let range = request(&[("start_time", "2020-04-13T01:59Z"), ("end_time", "")])
        .unwrap()
        .filter
        .time();
    assert_eq!(range.start(), parse_time("2020-04-13T01:59Z").ok());
    assert_eq!(range.end(), None);
}

#[test]
fn each_mistake_names_the_parameter_and_says_what_would_be_right() {
    let long = "x".repeat(256);
    let unknown_language = format!(
        "language is \"en\", not a language: the languages are {}",
        Language::ALL.map(Language::tag).join(", ")
    );
    let unknown_parameter = |name| {
        let filters = Parameter::FILTERS.map(Parameter::name).join(", ");
        format!(
            "unknown parameter \"{name}\": the parameters are {filters}, language, time_zone, format, summary"
        )
    };
    for (pairs, message) in [
        (vec![("usr_name", "x")], &*unknown_parameter("usr_name")),
        (vec![("User_Name", "x")], &*unknown_parameter("User_Name")),
        (
            vec![("user_name", "x"), ("user_name", "x")],
            "user_name is given more than once: give it once",
        ),
        (
            vec![("terminal_type", &long)],
            "terminal_type has 256 characters: at most 255 are allowed",
        ),
        (
            vec![("computer_name", "a\0b")],
            "computer_name holds the character U+0000, which is not allowed",
        ),
        (
            vec![("start_time", "yesterday\n")],
            "start_time is \"yesterday\\n\", not a time such as 2016-08-20T21:11Z, \
             or 2016-08-20T21:11:05+08:00 with seconds and an offset",
        ),
        (
            vec![("end_time", "2020-04-30T02:20Z")],
            "end_time is given without start_time: give start_time too",
        ),
        (
            vec![
                ("start_time", "2020-04-30T02:20Z"),
                ("end_time", "2020-04-30T02:20:00+00:00"),
            ],
            "start_time is 2020-04-30T02:20:00Z, which is not before end_time, 2020-04-30T02:20:00Z",
        ),
        (vec![("language", "en")], &unknown_language),
        (
            vec![("time_zone", "Mars/Olympus")],
            "time_zone is \"Mars/Olympus\", not a time zone: give its IANA name, \
             such as UTC or Asia/Shanghai",
        ),
        (
            vec![("format", "pdf")],
            "format is \"pdf\", not a format: the formats are xlsx, csv, jsonl",
        ),
        (
            vec![("summary", "True")],
            "summary is \"True\", neither true nor false",
        ),
        (
            vec![("summary", "true"), ("format", "csv")],
            "summary is true and format is csv, which has no summary: give format=xlsx, or leave out one of the two",
        ),
    ] {
        assert_eq!(request(&pairs).unwrap_err().to_string(), message);
    }
}

#[test]
fn an_error_shows_a_long_value_only_in_part() {
    let message = request(&[("language", &"é".repeat(255))])
        .unwrap_err()
        .to_string();
    assert!(
        message.contains(&format!("\"{}…\"", "é".repeat(64))),
        "{message}"
    );
}

fn parameter() -> impl Strategy<Value = Parameter> {
    prop::sample::select(&ExportQuery::PARAMETERS[..])
}

proptest! {
    #[test]
    fn an_empty_value_is_an_absent_one(blanked in prop::sample::subsequence(&ExportQuery::PARAMETERS[..], 0..=7)) {
        let pairs = blanked.iter().map(|parameter| (parameter.name(), ""));
        let query = ExportQuery::from_pairs(pairs).unwrap();
        prop_assert_eq!(query, ExportQuery::default());
    }

    #[test]
    fn a_parameter_given_twice_is_refused_even_where_a_value_is_empty(
        parameter in parameter(), first in "[a-z]{0,3}", second in "[a-z]{0,3}", other in parameter(),
    ) {
        let mut pairs = vec![(parameter.name(), first.as_str())];
        if other != parameter {
            pairs.push((other.name(), "x"));
        }
        pairs.push((parameter.name(), second.as_str()));
        prop_assert_eq!(ExportQuery::from_pairs(pairs), Err(InvalidFilter::Repeated { parameter }));
    }

    #[test]
    fn a_value_of_255_characters_is_taken_and_one_more_is_not(parameter in parameter(), character in "[a-z中😀]") {
        let fits = character.repeat(255);
        let query = ExportQuery::from_pairs([(parameter.name(), fits.as_str())]).unwrap();
        prop_assert_eq!(query.value(parameter), Some(fits.as_str()));
        prop_assert_eq!(
            ExportQuery::from_pairs([(parameter.name(), character.repeat(256))]),
            Err(InvalidFilter::TooLong { parameter, length: 256 })
        );
    }

    #[test]
    fn the_order_of_parameters_does_not_matter(pairs in Just(vec![
        ("start_time", "2020-04-13T01:59Z"), ("end_time", "2020-04-30T02:20Z"), ("user_name", "jy01"),
        ("language", "zh_CN"), ("time_zone", "Europe/Berlin"),
    ]).prop_shuffle()) {
        prop_assert_eq!(request(&pairs), request(&[
            ("time_zone", "Europe/Berlin"), ("language", "zh_CN"), ("user_name", "jy01"),
            ("end_time", "2020-04-30T02:20Z"), ("start_time", "2020-04-13T01:59Z"),
        ]));
    }

    #[test]
    fn any_pairs_are_read_or_refused_without_panic_and_within_1000_characters(
        pairs in prop::collection::vec(("\\PC{0,300}|start_time|end_time|time_zone|language", "\\PC{0,300}"), 0..4),
    ) {
        let refused = ExportQuery::from_pairs(pairs.iter().map(|(name, value)| (name, value)))
            .and_then(|query| query.into_request(scope()));
        if let Err(error) = refused {
            prop_assert!(error.to_string().chars().count() <= 1000);
        }
    }
}
