//! What becomes of audits where the database is in trouble.

use super::*;

mod sqlite {
    use diesel::connection::SimpleConnection as _;

    use super::*;

    #[test]
    fn an_export_that_cannot_be_audited_is_not_begun() {
        let database = Database::sqlite();
        let service = start(&database, |settings| {
            settings.database.connection_timeout_seconds = 1;
        });
        let mut other = database.sqlite_connection();
        other.batch_execute("BEGIN IMMEDIATE").unwrap();
        assert_not_audited(&service);
        other.batch_execute("ROLLBACK").unwrap();
        assert_eq!(service.export("").status, 200);
        assert_eq!(ended(&service, 1)[0]["outcome"], "done");
    }
}

fn assert_not_audited(service: &Service) {
    let answer = service.export("");
    let (code, message) = answer.error();
    assert_eq!((answer.status, code.as_str()), (503, "WKS.00000503"));
    assert!(message.contains("audit"), "{message}");
    assert_eq!(answer.header("retry-after"), Some("5"));
}

mod postgres {
    use diesel::connection::SimpleConnection as _;
    use diesel::sql_types::BigInt;
    use diesel::{Connection as _, PgConnection, RunQueryDsl as _};

    use super::*;

    fn connect(database: &Database) -> PgConnection {
        PgConnection::establish(database.url()).unwrap()
    }

    /// Closes the connections of the service, also to another server that holds records.
    fn close_all(database: &Database) {
        for mut server in [connect(database), database.server_of_exports(PROJECT)] {
            server
                .batch_execute(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                     WHERE datname = current_database() AND application_name = 'deskledger'",
                )
                .unwrap();
        }
    }

    #[test]
    fn an_export_that_cannot_be_audited_reads_nothing() {
        let database = Database::postgres();
        database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
        let service = start(&database, |_| {});
        let mut owner = connect(&database);
        owner
            .batch_execute("ALTER TABLE export_audits RENAME TO elsewhere")
            .unwrap();
        assert_not_audited(&service);
        let reads: i64 = diesel::select(diesel::dsl::sql::<BigInt>(
            "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
              AND query LIKE '%\"connection_records\"%' AND pid <> pg_backend_pid()
              AND application_name = 'deskledger')",
        ))
        .get_result(&mut owner)
        .unwrap();
        assert_eq!(reads, 0);
        owner
            .batch_execute("ALTER TABLE elsewhere RENAME TO export_audits")
            .unwrap();
        assert_eq!(service.export("").status, 200);
        ended(&service, 1);
    }

    #[test]
    fn a_database_lost_on_the_way_is_audited_when_it_is_back() {
        let database = Database::postgres();
        fill_for_idle_clients(&database);
        let service = start(&database, |_| {});
        let mut client = idle_client(&service);
        close_all(&database);
        let _ = client.read_to_end(&mut Vec::new());
        let audits = ended(&service, 1);
        assert_eq!(audits[0]["outcome"], "failed");
        assert_eq!(
            audits[0]["reason"],
            "read records: the database is not available"
        );
        assert!(audits[0]["rows"].as_u64().unwrap() < 4_000);
        assert_eq!(service.export("user_name=nobody").status, 200);
        ended(&service, 2);
    }

    #[test]
    fn an_audit_that_cannot_be_closed_is_closed_later() {
        let database = Database::postgres();
        fill_for_idle_clients(&database);
        let service = start(&database, |settings| {
            settings.database.connection_timeout_seconds = 1;
        });
        let client = idle_client(&service);
        let mut locker = connect(&database);
        locker
            .batch_execute("BEGIN; LOCK TABLE export_audit_ends IN SHARE MODE")
            .unwrap();
        drop(client);
        // The statement that closes it waits for the lock, and is given up.
        for waiting_for_it in [1, 0] {
            let deadline = Instant::now() + Duration::from_secs(60);
            while waiting(&mut locker) != waiting_for_it {
                assert!(Instant::now() < deadline, "it never happened");
                thread::sleep(Duration::from_millis(10));
            }
        }
        assert_eq!(audits(&service)[0]["outcome"], "running");
        locker.batch_execute("COMMIT").unwrap();
        assert_eq!(ended(&service, 1)[0]["outcome"], "client_left");
    }

    fn waiting(connection: &mut PgConnection) -> i64 {
        diesel::select(diesel::dsl::sql::<BigInt>(
            "(SELECT count(*) FROM pg_locks WHERE NOT granted
              AND relation = 'export_audit_ends'::regclass)",
        ))
        .get_result(connection)
        .unwrap()
    }
}
