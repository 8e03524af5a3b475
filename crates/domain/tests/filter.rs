//! Which records a filter asks for.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use chrono::TimeDelta;
use deskledger_domain::{
    Action, AddressField, AddressFilter, ConnectionRecord, ExactField, ExportFilter, NumberRange,
    Policy, Principal, ProjectId, RecordFields, TimeRange, parse_time,
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

#[test]
fn a_domain_is_what_stands_after_the_last_at_without_case() {
    let named = |name: Option<&str>| {
        let start = parse_time("2020-04-24T03:02:45Z").unwrap();
        let fields = RecordFields {
            user_name: name.map(ToOwned::to_owned),
            ..RecordFields::new("55f1", start)
        };
        ConnectionRecord::new(ProjectId::new("p1").unwrap(), fields).unwrap()
    };
    let long = |characters: usize| format!("{}@local.com", "名".repeat(characters));
    for (domain, name, expected) in [
        ("local.com", Some("jy01@Local.com"), true),
        ("LOCAL.COM", Some("jy01@Local.com"), true),
        ("local.com", Some("jy01@x@local.com"), true),
        ("local.com", Some("@local.com"), true),
        ("x", Some("jy01@x@local.com"), false),
        ("ocal.com", Some("jy01@local.com"), false),
        ("local.co", Some("jy01@local.com"), false),
        ("local.com ", Some("jy01@local.com"), false),
        ("local_com", Some("jy01@local.com"), false),
        ("%", Some("jy01@local.com"), false),
        ("ΟΔΟΣ", Some("a@οδος"), false),
        ("ΟΔΟΣ", Some("a@οδοσ"), true),
        ("local.com", Some("local.com"), false),
        ("local.com", None, false),
        // A name whose key has more than 512 bytes has no domain.
        ("local.com", Some(&long(167)), true),
        ("local.com", Some(&long(168)), false),
    ] {
        let filter = filter("p1").with_domain(domain).unwrap();
        assert_eq!(filter.matches(&named(name)), expected, "{domain} {name:?}");
    }
    assert_eq!(filter("p1").with_domain("jy01@local.com"), None);
}

#[test]
fn identifiers_and_addresses_match_exactly() {
    let start = parse_time("2020-04-24T03:02:45Z").unwrap();
    let fields = RecordFields {
        enterprise_project_id: Some("Ep1".into()),
        public_ip: Some("2001:db8::1".into()),
        ..RecordFields::new("55f1", start)
    };
    let record = ConnectionRecord::new(ProjectId::new("p1").unwrap(), fields).unwrap();
    for (id, expected) in [("Ep1", true), ("ep1", false), ("Ep", false)] {
        let filter = filter("p1").with_exact(ExactField::EnterpriseProjectId, id);
        assert_eq!(filter.matches(&record), expected, "{id}");
    }
    for (address, expected) in [("2001:db8::1", true), ("2001:DB8::1", false)] {
        let filter =
            filter("p1").with_address(AddressField::PublicIp, AddressFilter::new(address).unwrap());
        assert_eq!(filter.matches(&record), expected, "{address}");
    }
    assert!(
        !filter("p1")
            .with_address(AddressField::PublicIp, AddressFilter::new("x").unwrap())
            .matches(&self::record())
    );
}

#[test]
fn both_ends_of_a_range_of_round_trips_are_in_it() {
    let range = |min, max| NumberRange::new(min, max).unwrap();
    for (range, rtt, expected) in [
        (range(None, None), None, true),
        (range(None, None), Some(-1), true),
        (range(Some(10), None), None, false),
        (range(None, Some(i32::MAX as u32)), None, false),
        (range(Some(10), None), Some(9), false),
        (range(Some(10), None), Some(10), true),
        (range(None, Some(20)), Some(20), true),
        (range(None, Some(20)), Some(21), false),
        (range(None, Some(20)), Some(-1), false),
        (range(None, Some(0)), Some(0), true),
        (range(None, Some(20)), Some(i32::MIN), false),
        (range(Some(0), None), Some(-1), false),
        (range(Some(10), Some(10)), Some(10), true),
    ] {
        assert_eq!(range.contains(rtt), expected, "{range:?} {rtt:?}");
    }
    assert_eq!(NumberRange::new(Some(11), Some(10)), None);
    assert_eq!(NumberRange::new(Some(NumberRange::MOST + 1), None), None);
}
