//! What the audit says of exports whose process was killed.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use deskledger_domain::{
    Action, AuditQuery, ConnectionEvent, ConnectionRecord, ExportAudit, ExportOutcome,
    MAX_TEXT_CHARS, Policy, Principal, ProjectId, RecordFields, parse_time,
};
use deskledger_store::{StoreSettings, open, open_audits};

use crate::database::TestDatabase;
use crate::process::{PROJECT, Process};

/// A client that asked for an export, got the first bytes, and takes no more.
fn idle_client(process: &Process) -> TcpStream {
    let mut stream = TcpStream::connect(process.address()).unwrap();
    let path = format!("/v2/{PROJECT}/connections/desktops/export");
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: foo\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    stream
}

/// Records whose workbook does not fit into what the channel and the sockets hold.
fn fill(database: &TestDatabase) {
    let store = open(&StoreSettings::new(database.url())).unwrap();
    store.migrate().unwrap();
    let start = parse_time("2020-04-24T03:02:47Z").unwrap();
    let mut state = 7_u64;
    let mut text = || {
        let characters = (0..MAX_TEXT_CHARS).map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b'0' + (state >> 58) as u8)
        });
        Some(characters.collect())
    };
    let records: Vec<_> = (0..6_000)
        .map(|number| {
            let fields = RecordFields {
                sid: text(),
                computer_name: text(),
                user_name: text(),
                terminal_name: text(),
                terminal_type: text(),
                client_version: text(),
                agent_version: text(),
                desktop_id: text(),
                source_ip: text(),
                public_ip: text(),
                ..RecordFields::new(number.to_string(), start)
            };
            let record = ConnectionRecord::new(ProjectId::new(PROJECT).unwrap(), fields);
            ConnectionEvent::from(record.unwrap())
        })
        .collect();
    store.write(&records).unwrap();
}

/// All audits, newest first.
fn audits(database: &TestDatabase) -> Vec<ExportAudit> {
    let project = ProjectId::new(PROJECT).unwrap();
    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    let scope = Policy::default().authorize(&principal, Action::ListExportAudits, &project);
    let filter = AuditQuery::default().into_filter(scope.unwrap()).unwrap();
    let audits = open_audits(&StoreSettings::new(database.url())).unwrap();
    audits.list(&filter).unwrap().audits
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
    let _idle = idle_client(&process);
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
        let _idle = idle_client(&first);
        let second = Process::start(database.url());
        let client = idle_client(&second);
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
