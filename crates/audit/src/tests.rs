use std::sync::{Arc, Mutex};
use std::thread;

use deskledger_domain::{Clock, ExportOutcome, ExportProgress};
use deskledger_store::{Database, StoreSettings};

use crate::test_support::audit;
use crate::{AuditLogClient, AuditObserver, NotAudited};

/// What was reported of exports that ended: their outcomes and their records.
#[derive(Default)]
struct Ended(Mutex<Vec<(String, u64)>>);

impl AuditObserver for Ended {
    fn export_ended(&self, outcome: &ExportOutcome, progress: ExportProgress) {
        let ended = (outcome.name().to_owned(), progress.rows);
        self.0.lock().unwrap().push(ended);
    }
}

fn client(observer: Arc<Ended>) -> AuditLogClient {
    let late = ExportOutcome::Failed {
        reason: "late".to_owned(),
    };
    AuditLogClient::new(Clock::system(), observer, late)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

#[test]
fn an_audit_that_is_dropped_is_closed_with_its_progress() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/ledger.db", folder.path().display());
    let settings = StoreSettings::new(url);
    let database = Database::open(&settings).unwrap();
    database.records().migrate().unwrap();
    let audits = database.audits();
    let ended = Arc::new(Ended::default());
    let client = client(Arc::clone(&ended));
    let mut writer = client.writer(audits.as_ref()).unwrap();
    let writing = thread::spawn(move || writer.run());
    // The writer has a thread of its own, so time must pass as it does.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let open = client.open(audit("ann")).await.unwrap();
        open.progress().set_rows(3);
        drop(open);
        client.finish().await;
    });
    drop(client);
    writing.join().unwrap();
    assert_eq!(
        *ended.0.lock().unwrap(),
        [(ExportOutcome::ClientLeft.name().to_owned(), 3)]
    );
}

#[test]
fn what_is_not_written_in_time_must_not_begin_and_is_closed() {
    let ended = Arc::new(Ended::default());
    let client = client(Arc::clone(&ended));
    // Nothing writes.
    let opened = runtime().block_on(client.open(audit("ann")));
    assert_eq!(opened.err(), Some(NotAudited::LATE));
    assert_eq!(*ended.0.lock().unwrap(), [("failed".to_owned(), 0)]);
}
