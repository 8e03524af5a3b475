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
    use super::*;

    #[test]
    fn a_killed_process_leaves_a_trace_that_the_next_one_closes() {
        super::a_killed_process_leaves_a_trace_that_the_next_one_closes(&TestDatabase::sqlite());
    }
}

mod postgres {
    use super::*;

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
