//! What the audit says of exports whose process was killed.

use std::time::{Duration, Instant};

use deskledger_domain::ExportOutcome;

use crate::database::TestDatabase;
use crate::process::{self, Process, audits};

/// Records whose workbook does not fit into what the channel and the sockets hold.
fn fill(database: &TestDatabase) {
    process::fill(database, 6_000);
}

fn outcomes(database: &TestDatabase) -> Vec<Option<ExportOutcome>> {
    audits(database)
        .iter()
        .map(|audit| audit.ending().map(|ending| ending.outcome().clone()))
        .collect()
}

fn a_killed_process_leaves_a_trace_that_the_next_one_closes(database: &TestDatabase) {
    fill(database);
    let mut process = Process::start(database.url());
    let _idle = process.idle_client();
    process.kill();
    assert_eq!(outcomes(database), [None]);
    // On PostgreSQL the server must notice first that the process is gone, which the next start does not wait for.
    let deadline = Instant::now() + Duration::from_secs(60);
    while outcomes(database) != [Some(ExportOutcome::Interrupted)] {
        assert!(Instant::now() < deadline, "{:?}", audits(database));
        let _next = Process::start(database.url());
    }
    let audits = audits(database);
    let (fields, ending) = (audits[0].fields(), audits[0].ending().unwrap());
    assert_eq!(fields.user, "ann");
    assert!(ending.ended_at() > fields.started_at);
    assert_eq!(ending.progress(), None);
}

mod sqlite {
    use diesel::connection::SimpleConnection as _;
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_export_that_cannot_be_audited_says_why_in_the_line_of_its_request() {
        let database = TestDatabase::sqlite();
        let environment = [("DESKLEDGER__DATABASE__CONNECTION_TIMEOUT_SECONDS", "1")];
        let process = Process::start_with(database.url(), &environment);
        let mut other = database.sqlite_connection();
        other.batch_execute("BEGIN IMMEDIATE").unwrap();
        let (status, _) = process.get("/v2/p1/connections/desktops/export");
        assert_eq!(status, 503);
        let lines = process.wait_for(r#""message":"request failed""#, 1);
        let [line] = lines.as_slice() else {
            panic!("{lines:?}");
        };
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["cause"].as_str().unwrap().contains("locked"), "{line}");
        assert_eq!(line["span"]["id"].as_str().unwrap().len(), 32, "{line}");
    }

    #[test]
    fn a_killed_process_leaves_a_trace_that_the_next_one_closes() {
        super::a_killed_process_leaves_a_trace_that_the_next_one_closes(&TestDatabase::sqlite());
    }
}

mod postgres {
    use diesel::connection::SimpleConnection as _;
    use diesel::{Connection as _, PgConnection};

    use super::*;

    #[test]
    fn a_server_with_too_few_connections_is_named_at_start() {
        const WARNING: &str = "the database may have too few connections";

        let database = TestDatabase::postgres();
        assert_eq!(Process::start(database.url()).logged(WARNING), 0);
        let mut owner = PgConnection::establish(database.url()).unwrap();
        let limit = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 37', current_database()); END $$";
        owner.batch_execute(limit).unwrap();
        let process = Process::start(database.url());
        let lines = process.wait_for(WARNING, 1);
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].contains(r#""needed":38,"available":37"#),
            "{}",
            lines[0]
        );
    }

    #[test]
    fn a_killed_process_leaves_a_trace_that_the_next_one_closes() {
        super::a_killed_process_leaves_a_trace_that_the_next_one_closes(&TestDatabase::postgres());
    }

    #[test]
    fn a_process_that_starts_leaves_the_exports_of_one_that_lives_alone() {
        let database = TestDatabase::postgres();
        fill(&database);
        let mut first = Process::start(database.url());
        let _idle = first.idle_client();
        let second = Process::start(database.url());
        let client = second.idle_client();
        assert_eq!(outcomes(&database), [None, None]);
        // The first is killed: its export was interrupted, and that of the second goes on.
        first.kill();
        let deadline = Instant::now() + Duration::from_secs(60);
        while outcomes(&database) != [None, Some(ExportOutcome::Interrupted)] {
            assert!(Instant::now() < deadline, "{:?}", audits(&database));
            let _third = Process::start(database.url());
        }
        drop(client);
        while outcomes(&database)[0] != Some(ExportOutcome::ClientLeft) {
            assert!(Instant::now() < deadline, "{:?}", audits(&database));
        }
    }
}
