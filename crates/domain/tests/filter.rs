//! Which records a filter asks for.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use chrono::TimeDelta;
use deskledger_domain::{
    Action, ConnectionRecord, ExportFilter, Policy, Principal, ProjectId, RecordFields, TimeRange,
    parse_time,
};

fn filter(project: &str) -> ExportFilter {
    let project = ProjectId::new(project).unwrap();
    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    let scope = Policy::default().authorize(&principal, Action::ExportConnections, &project);
    ExportFilter::new(scope.unwrap())
}

fn record() -> ConnectionRecord {
    let start = parse_time("2020-04-24T03:02:45Z").unwrap();
    ConnectionRecord::new(
        ProjectId::new("p1").unwrap(),
        RecordFields {
            user_name: Some("jy01@Local.com".into()),
            terminal_type: Some("Windows 10 ".into()),
            ..RecordFields::new("55f1", start)
        },
    )
    .unwrap()
}

#[test]
fn no_record_of_another_project_matches() {
    assert!(filter("p1").matches(&record()));
    assert!(!filter("p2").matches(&record()));
    assert!(!filter("P1").matches(&record()));
}

#[test]
fn a_name_matches_whole_and_without_case() {
    assert!(
        filter("p1")
            .with_user_name("JY01@LOCAL.COM")
            .matches(&record())
    );
    for other in [
        "jy01",
        "jy01@local.co",
        "jy01@local.com ",
        "jy0_@local.com",
        "%",
    ] {
        assert!(
            !filter("p1").with_user_name(other).matches(&record()),
            "{other}"
        );
    }
}

#[test]
fn a_missing_value_matches_no_name() {
    assert!(!filter("p1").with_computer_name("JY011").matches(&record()));
}

#[test]
fn a_terminal_type_matches_without_surrounding_blanks() {
    for spelling in ["windows 10", "  WINDOWS 10", "Windows 10 "] {
        assert!(
            filter("p1").with_terminal_type(spelling).matches(&record()),
            "{spelling}"
        );
    }
    assert!(
        !filter("p1")
            .with_terminal_type("windows  10")
            .matches(&record())
    );
}

#[test]
fn the_start_of_a_range_is_in_it_and_the_end_is_not() {
    let start = record().fields().connection_start_time;
    let later = start + TimeDelta::seconds(1);
    let earlier = start - TimeDelta::seconds(1);
    let in_range = |from, to| {
        let range = TimeRange::new(from, Some(to)).unwrap();
        filter("p1").with_time(range).matches(&record())
    };
    assert!(in_range(start, later));
    assert!(!in_range(earlier, start));
}
