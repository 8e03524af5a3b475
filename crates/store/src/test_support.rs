//! What the tests of both databases share.

#[path = "../tests/support/database.rs"]
pub(crate) mod database;

use deskledger_domain::{
    Action, ExportFilter, Policy, Principal, ProjectId, TimeRange, parse_time,
};

/// A filter of each sort, with its name.
pub(crate) fn filters() -> [(&'static str, ExportFilter); 6] {
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
            "all at once",
            all.with_time(week)
                .with_user_name("User17")
                .with_computer_name("PC17")
                .with_terminal_type("Windows 10"),
        ),
    ]
}

/// The statements for each filter. Of a list of columns that was shown before, only its end is shown again.
pub(crate) fn listing(statements: impl Fn(&ExportFilter) -> Vec<String>) -> String {
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
