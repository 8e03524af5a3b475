use std::error::Error;
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use deskledger_store::{
    Cancellation, Database, DatabaseKind, StoreError, StoreErrorKind, StoreSettings,
};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::fixture::{Fixture, all, events, everything, many, settings};

fn everything_said(error: &StoreError) -> String {
    let mut said = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        said.push_str(&error.to_string());
        source = error.source();
    }
    said
}

pub(crate) fn the_kind_is_that_of_the_url(store: &Fixture) {
    let (kind, name) = if store.database.url().starts_with("sqlite") {
        (DatabaseKind::Sqlite, "SQLite")
    } else {
        (DatabaseKind::Postgres, "PostgreSQL")
    };
    assert_eq!(store.kind(), kind);
    assert_eq!(kind.to_string(), name);
}

pub(crate) fn a_check_answers_also_when_all_exports_are_busy(store: &Fixture) {
    store.write(&events(&many(10))).unwrap();
    let mut checked = 0;
    let outcome = store.read(&everything("p1"), &Cancellation::new(), &mut |_| {
        store.check().unwrap();
        checked += 1;
        ControlFlow::Continue(())
    });
    assert!(outcome.is_ok());
    assert_eq!(checked, 10);
}

pub(crate) fn a_pool_that_is_empty_is_busy(store: &Fixture) {
    store.write(&events(&many(10))).unwrap();
    let impatient = store.reopened(|settings| {
        settings.connection_timeout = Duration::from_millis(200);
    });
    let outcome = impatient.read(&everything("p1"), &Cancellation::new(), &mut |_| {
        let begin = Instant::now();
        // What a shard holds is counted through the coordinator, which has connections of its own.
        let (error, action) = if store.is_in_real_shards() {
            let read = impatient.read(&everything("p1"), &Cancellation::new(), &mut |_| {
                ControlFlow::Continue(())
            });
            (read.unwrap_err(), "read records")
        } else {
            (
                impatient.count(&everything("p1")).unwrap_err(),
                "count records",
            )
        };
        assert_eq!(error.kind(), StoreErrorKind::Busy);
        assert_eq!(error.to_string(), format!("{action}: the database is busy"));
        assert!(begin.elapsed() < Duration::from_secs(2));
        ControlFlow::Break(())
    });
    assert!(outcome.is_ok());
    assert_eq!(impatient.count(&everything("p1")).unwrap(), 10);
}

fn assert_unavailable(url: &str) {
    assert_refused(
        url,
        StoreErrorKind::Unavailable,
        "the database is not available",
    );
}

/// Every call ends with an error of this kind, in time, and none shows the secret of the URL.
fn assert_refused(url: &str, kind: StoreErrorKind, reason: &str) {
    let mut settings = StoreSettings::new(url);
    settings.connection_timeout = Duration::from_secs(1);
    let store = Database::open(&settings).unwrap().records();
    let begin = Instant::now();
    let errors = [
        store.check().unwrap_err(),
        store.count(&everything("p1")).unwrap_err(),
        store.write(&events(&many(1))).unwrap_err(),
        store.migrate().unwrap_err(),
    ];
    assert!(
        begin.elapsed() < Duration::from_secs(10),
        "{:?}",
        begin.elapsed()
    );
    for error in errors {
        assert_eq!(error.kind(), kind, "{url}");
        assert_eq!(
            error.to_string(),
            format!("connect to the database: {reason}")
        );
        let said = everything_said(&error);
        assert!(!said.contains("s3c"), "{said}");
    }
    assert!(!format!("{settings:?}").contains("s3c"));
}

pub(crate) fn a_server_that_is_not_there_is_unavailable_in_time() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    assert_unavailable(&format!("postgres://ann:s3c%72et@{nobody}/ledger"));
}

pub(crate) fn a_url_that_libpq_refuses_is_invalid_for_every_call() {
    // libpq repeats what it cannot read of a URL.
    for url in [
        "postgres://ann:s3c%zz@127.0.0.1:1/ledger",
        "postgres://ann@127.0.0.1:1/ledger?password=s3c&unknown=s3c",
        "postgres://ann:s3cret@127.0.0.1:99999/ledger",
        "postgres://ann:s3cret@127.0.0.1:1/ledger?sslmode=nonsense",
    ] {
        assert_refused(
            url,
            StoreErrorKind::InvalidUrl,
            "the database URL is not valid",
        );
    }
}

pub(crate) fn a_server_that_does_not_answer_is_unavailable_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    assert_unavailable(&format!("postgres://ann:s3cret@{address}/ledger"));
}

pub(crate) fn a_connection_that_the_server_closed_is_replaced(store: &Fixture) {
    store.write(&events(&many(10))).unwrap();
    let close_all = || {
        let servers: [&dyn Fn() -> PgConnection; 2] =
            [&|| store.database.postgres_connection(), &|| {
                store.table_that_is_read().0
            }];
        for server in servers {
            server()
                .batch_execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .unwrap();
        }
        thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(store.count(&everything("p1")).unwrap(), 10);
    close_all();
    assert_eq!(store.count(&everything("p1")).unwrap(), 10);
    assert_eq!(store.write(&events(&many(10))).unwrap().updated, 10);

    // And in the middle of a read.
    store.write(&events(&many(30_000))).unwrap();
    let mut got = 0;
    let error = store
        .read(&everything("p1"), &Cancellation::new(), &mut |_| {
            got += 1;
            if got == 1 {
                close_all();
            }
            ControlFlow::Continue(())
        })
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(got < 30_000);
    assert_eq!(all(&**store, &everything("p1")).unwrap().len(), 30_000);
}

pub(crate) fn connections_bear_the_name_of_the_application(fixture: &Fixture) {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let store = fixture.reopened(|settings| settings.application_name = "led'ger".to_owned());
    store.check().unwrap();
    store.count(&everything("p1")).unwrap();
    let found: Count = diesel::sql_query(
        "SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'led''ger'",
    )
    .get_result(&mut fixture.database.postgres_connection())
    .unwrap();
    assert_eq!(found.count, 2);
}

pub(crate) fn a_file_whose_folder_is_missing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    for url in [
        format!("sqlite://{path}/none/a.db"),
        format!("sqlite://{path}"),
    ] {
        let error = Database::open(&settings(&url)).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::InvalidUrl);
        assert!(!error.to_string().contains(&path.to_string()), "{error}");
    }
    assert!(Database::open(&settings(&format!("sqlite://{path}/a.db"))).is_ok());
}

pub(crate) fn a_file_that_is_no_database_is_unsuitable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    std::fs::write(
        &path,
        "no database, and long enough to be looked at".repeat(100),
    )
    .unwrap();
    let store = Database::open(&settings(&format!("sqlite://{}", path.display())))
        .unwrap()
        .records();
    for error in [store.check().unwrap_err(), store.migrate().unwrap_err()] {
        assert_eq!(error.kind(), StoreErrorKind::Unsuitable);
        assert_eq!(
            error.to_string(),
            "connect to the database: the file is not a SQLite database"
        );
    }
}
