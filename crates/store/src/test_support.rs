//! What the tests of both databases share.

#[path = "../tests/support/database.rs"]
pub(crate) mod database;

use deskledger_domain::{
    Action, AddressField, AddressFilter, ConnectionState, ExactField, ExportFilter, FailureFilter,
    NumberRange, OnlineQuery, OnlineRequest, Policy, Principal, ProjectId, TimeRange, parse_time,
};

use crate::record::Position;

/// A filter of each sort, with its name.
pub(crate) fn filters() -> [(&'static str, ExportFilter); 9] {
    let project = ProjectId::new("p1").unwrap();
    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    let scope = Policy::default().authorize(&principal, Action::ExportConnections, &project);
    let all = ExportFilter::new(scope.unwrap());
    let start = parse_time("2026-02-01T00:00Z").unwrap();
    let end = parse_time("2026-02-08T00:00Z").unwrap();
    let week = TimeRange::new(start, Some(end)).unwrap();
    [
        ("everything", all.clone()),
        ("a range of time", all.clone().with_time(week)),
        ("a user", all.clone().with_user_name("User17")),
        ("a computer", all.clone().with_computer_name("PC17")),
        (
            "a type of terminal",
            all.clone().with_terminal_type("Windows 10 "),
        ),
        (
            "what the list has more",
            all.clone()
                .with_domain("50%.example")
                .unwrap()
                .with_exact(ExactField::EnterpriseProjectId, "0")
                .with_address(
                    AddressField::PublicIp,
                    AddressFilter::new("198.51.100.7").unwrap(),
                )
                .with_network_rtt(NumberRange::new(Some(10), Some(20)).unwrap()),
        ),
        (
            "what a task has more",
            all.clone()
                .with_part_of_terminal_type("Windows_")
                .with_e2e_rtt(NumberRange::new(Some(10), Some(20)).unwrap()),
        ),
        (
            "what we have more",
            all.clone()
                .with_state(ConnectionState::Ended)
                .with_failure_reason(FailureFilter::new("400200"))
                .with_user_name_prefix("50%_")
                .with_address(
                    AddressField::TerminalIp,
                    AddressFilter::new("192.168.1.0/24").unwrap(),
                )
                .with_is_reconnect(false)
                .with_duration(NumberRange::new(Some(1), Some(60)).unwrap())
                .with_active_at(start),
        ),
        (
            "all at once",
            all.with_time(week)
                .with_user_name("User17")
                .with_computer_name("PC17")
                .with_terminal_type("Windows 10"),
        ),
    ]
}

/// Users online in each day of a week.
pub(crate) fn week_online() -> OnlineRequest {
    let project = ProjectId::new("p1").unwrap();
    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    let scope = Policy::default().authorize(&principal, Action::ListConnections, &project);
    let now = parse_time("2026-04-01T00:00Z").unwrap();
    OnlineQuery::from_pairs([
        ("start_time", "2026-02-01T00:00Z"),
        ("end_time", "2026-02-08T00:00Z"),
    ])
    .unwrap()
    .into_request(scope.unwrap(), now)
    .unwrap()
}

/// Two positions in the order of records. One of them includes its own record.
pub(crate) fn positions() -> [Position; 2] {
    [true, false].map(|included| Position {
        start_time: parse_time("2026-02-01T12:00Z").unwrap(),
        transaction_id: "t17".to_owned(),
        included,
    })
}

/// The statements for each filter. Of a list of columns that was shown before, only its end is shown again.
pub(crate) fn listing(mut statements: impl FnMut(&ExportFilter) -> Vec<String>) -> String {
    let mut lines = Vec::new();
    for (number, (name, filter)) in filters().iter().enumerate() {
        lines.push(format!("-- {name}"));
        for statement in statements(filter) {
            let statement = statement
                .replace(['"', '`'], "")
                .replace("connection_records.", "");
            lines.push(match statement.split_once(" FROM ") {
                Some((_, end)) if number > 0 => format!("… FROM {end}"),
                _ => statement,
            });
        }
    }
    lines.join("\n")
}
