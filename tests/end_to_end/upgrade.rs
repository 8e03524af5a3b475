//! A database of the first release, brought up to date.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use deskledger_api::write_export;
use deskledger_domain::{ConnectionRecord, ExportQuery, MatchKey, ProjectId, parse_time};
use deskledger_generator::{Generator, GeneratorSettings};
use deskledger_store::{Cancellation, DatabaseKind, RecordStore};
use deskledger_tests::{Database, PROJECT, scope};

/// Another number of records is said by `DESKLEDGER_TEST_UPGRADE_RECORDS`.
const RECORDS: u64 = 20_000;

/// What a batch of the old schema is filled with, and of the new one written with.
const BATCH: usize = 5_000;

#[test]
fn a_sqlite_file_of_the_first_release_is_upgraded_and_exports_the_same() {
    upgrade(&Database::sqlite_of_first_release(), &Database::sqlite());
}

#[test]
fn a_postgres_of_the_first_release_is_upgraded_and_exports_the_same() {
    let old = Database::postgres_of_first_release();
    // A role belongs to the server, so it needs a name of its own.
    let (_, name) = old.url().rsplit_once('/').unwrap();
    old.execute(&format!(
        "CREATE ROLE of_{name}; GRANT SELECT, INSERT, UPDATE ON connection_records TO of_{name}"
    ));
    upgrade(&old, &Database::postgres());
    // A role that could read and write before still can.
    old.execute(&format!(
        "DO $$ BEGIN
             ASSERT has_table_privilege('of_{name}', 'connection_records', 'SELECT');
             ASSERT has_table_privilege('of_{name}', 'connection_records', 'UPDATE');
             ASSERT NOT has_table_privilege('of_{name}', 'connection_records', 'DELETE');
             ASSERT has_table_privilege('of_{name}', 'connection_identities', 'INSERT');
             ASSERT has_table_privilege('of_{name}', 'connection_identities', 'SELECT');
             ASSERT has_table_privilege('of_{name}', 'incomplete_records', 'DELETE');
             ASSERT has_table_privilege('of_{name}', 'record_counts', 'UPDATE');
             ASSERT NOT has_table_privilege('of_{name}', 'record_counts', 'DELETE');
         END $$;
         DROP OWNED BY of_{name}; DROP ROLE of_{name}"
    ));
}

fn upgrade(old: &Database, new: &Database) {
    let number = records();
    let project = ProjectId::new(PROJECT).unwrap();
    let mut generator = Generator::new(GeneratorSettings::new(number, 20_261_123))
        .map(|fields| ConnectionRecord::new(project.clone(), fields).unwrap());
    let mut some = Vec::new();
    loop {
        let batch: Vec<_> = generator.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        old.execute(&insertion(old.store().kind(), &batch));
        new.write(&batch);
        some = batch;
    }

    let migrations = old.store().migrate().unwrap();
    assert!(migrations.len() > 1, "{migrations:?}");
    let expected = export(new.store());
    assert!(export(old.store()) == expected);

    // It knows what it holds, and takes more.
    let written = old.write(&some);
    assert_eq!((written.inserted, written.updated), (0, some.len() as u64));
    let filter = ExportQuery::default()
        .into_request(scope(PROJECT))
        .unwrap()
        .filter;
    assert_eq!(old.store().count(&filter).unwrap(), number);
    old.store().retention().make_partitions(now()).unwrap();
    assert!(export(old.store()) == expected);
}

#[expect(
    clippy::disallowed_methods,
    reason = "an environment variable asks for the larger test"
)]
fn records() -> u64 {
    match std::env::var("DESKLEDGER_TEST_UPGRADE_RECORDS") {
        Ok(number) => number.parse().unwrap(),
        Err(_) => RECORDS,
    }
}

fn now() -> DateTime<Utc> {
    parse_time("2030-01-01T00:00Z").unwrap()
}

/// Everything, as a workbook.
fn export(store: &dyn RecordStore) -> Vec<u8> {
    let request = ExportQuery::default().into_request(scope(PROJECT)).unwrap();
    let cancellation = Cancellation::new();
    let mut ignore = |_| ();
    let (workbook, summary) = write_export(
        store,
        &request,
        now(),
        &cancellation,
        Vec::new(),
        &mut ignore,
    )
    .unwrap();
    assert!(summary.records >= records());
    workbook
}

/// A statement that inserts records as the first release stored them.
fn insertion(kind: DatabaseKind, records: &[ConnectionRecord]) -> String {
    let mut sql = String::from(
        "INSERT INTO connection_records (project_id, transaction_id, sid, computer_name, user_name, terminal_mac, \
         terminal_name, terminal_ip, client_version, terminal_type, agent_version, desktop_ip, connection_start_time, \
         connection_setup_time, connection_end_time, is_reconnect, connection_failure_reason, network_rtt, e2e_rtt, \
         source_ip, public_ip, enterprise_project_id, desktop_id, user_name_key, computer_name_key, terminal_type_key) VALUES ",
    );
    let text = |text: Option<&str>| match text {
        Some(text) => format!("'{}'", text.replace('\'', "''")),
        None => "NULL".to_owned(),
    };
    let time = |time: Option<DateTime<Utc>>| match (time, kind) {
        (None, _) => "NULL".to_owned(),
        (Some(time), DatabaseKind::Postgres) => format!("'{}'", time.to_rfc3339()),
        (Some(time), _) => time.timestamp_micros().to_string(),
    };
    let boolean = |value: Option<bool>| match value {
        Some(true) => "TRUE",
        Some(false) => "FALSE",
        None => "NULL",
    };
    let number = |value: Option<i32>| value.map_or("NULL".to_owned(), |value| value.to_string());
    for (position, record) in records.iter().enumerate() {
        let fields = record.fields();
        let keys = [
            record.user_name_key(),
            record.computer_name_key(),
            record.terminal_type_key(),
        ];
        let values = [
            text(Some(record.project_id().as_str())),
            text(Some(&fields.transaction_id)),
            text(fields.sid.as_deref()),
            text(fields.computer_name.as_deref()),
            text(fields.user_name.as_deref()),
            text(fields.terminal_mac.as_deref()),
            text(fields.terminal_name.as_deref()),
            text(fields.terminal_ip.as_deref()),
            text(fields.client_version.as_deref()),
            text(fields.terminal_type.as_deref()),
            text(fields.agent_version.as_deref()),
            text(fields.desktop_ip.as_deref()),
            time(Some(fields.connection_start_time)),
            time(fields.connection_setup_time),
            time(fields.connection_end_time),
            boolean(fields.is_reconnect).to_owned(),
            text(fields.connection_failure_reason.as_deref()),
            number(fields.network_rtt),
            number(fields.e2e_rtt),
            text(fields.source_ip.as_deref()),
            text(fields.public_ip.as_deref()),
            text(fields.enterprise_project_id.as_deref()),
            text(fields.desktop_id.as_deref()),
        ];
        let keys = keys.map(|key| text(key.as_ref().map(MatchKey::as_str)));
        let separator = if position == 0 { "" } else { ", " };
        write!(
            sql,
            "{separator}({}, {})",
            values.join(", "),
            keys.join(", ")
        )
        .unwrap();
    }
    sql
}
