use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use deskledger_domain::RecordRef;
use deskledger_store::{Cancellation, DatabaseKind, ReadOutcome, RecordStore, StoreErrorKind};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::fixture::{Fixture, all, events, everything, many};

const SECOND: Duration = Duration::from_secs(1);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many statements of the store PostgreSQL is running.
fn running(store: &Fixture) -> i64 {
    let running: Count = diesel::sql_query(
        "SELECT count(*) AS count FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = $1 AND state <> 'idle'",
    )
    .bind::<Text, _>("deskledger")
    .get_result(&mut store.table_that_is_read().0)
    .unwrap();
    running.count
}

fn assert_nothing_runs(store: &Fixture) {
    if store.kind() == DatabaseKind::Postgres {
        assert_eq!(running(store), 0);
    }
}

pub(crate) fn a_sink_that_breaks_leaves_the_connection_usable(store: &Fixture) {
    store.write(&events(&many(30_000))).unwrap();
    for wanted in [1, 2, 1000] {
        let mut got = 0;
        let outcome = store.read(&everything("p1"), &Cancellation::new(), &mut |_| {
            got += 1;
            if got < wanted {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        assert_eq!(outcome.unwrap(), ReadOutcome::Stopped);
        assert_eq!(got, wanted);
        assert_nothing_runs(store);
        assert_eq!(store.count(&everything("p1")).unwrap(), 30_000);
    }
    assert_eq!(store.all(&everything("p1")).len(), 30_000);
}

pub(crate) fn a_sink_that_panics_leaves_the_store_usable(store: &Fixture) {
    store.write(&events(&many(30_000))).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.read(&everything("p1"), &Cancellation::new(), &mut |_| {
            panic!("a test panics on purpose")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(store.all(&everything("p1")).len(), 30_000);
    assert_nothing_runs(store);
}

pub(crate) fn a_read_that_is_cancelled_before_is_not_begun(store: &Fixture) {
    store.write(&events(&many(10))).unwrap();
    let cancellation = Cancellation::new();
    cancellation.cancel();
    let outcome = store.read(&everything("p1"), &cancellation, &mut |_| {
        panic!("a cancelled read yields no record")
    });
    assert_eq!(outcome.unwrap(), ReadOutcome::Stopped);
    assert_eq!(store.all(&everything("p1")).len(), 10);
}

pub(crate) fn a_read_is_cancelled_between_rows(store: &Fixture) {
    store.write(&events(&many(30_000))).unwrap();
    let cancellation = Cancellation::new();
    let mut got = 0;
    let outcome = store.read(&everything("p1"), &cancellation, &mut |_| {
        got += 1;
        if got == 100 {
            // From another thread, as it is in life.
            let cancellation = cancellation.clone();
            thread::spawn(move || cancellation.cancel()).join().unwrap();
        }
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.unwrap(), ReadOutcome::Stopped);
    assert_eq!(got, 100);
    assert_nothing_runs(store);
    assert_eq!(store.all(&everything("p1")).len(), 30_000);
}

/// Cancels a read that yields nothing, and sees it end within a second.
fn cancel_while_it_works(store: &Fixture, read: impl FnOnce(&Cancellation) -> ReadOutcome + Send) {
    let cancellation = Cancellation::new();
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let outcome = read(&cancellation);
            (outcome, Instant::now())
        });
        thread::sleep(Duration::from_millis(300));
        assert!(!reader.is_finished());
        let begin = Instant::now();
        cancellation.cancel();
        assert!(begin.elapsed() < Duration::from_millis(100));
        let (outcome, end) = reader.join().unwrap();
        assert_eq!(outcome, ReadOutcome::Stopped);
        assert!(end - begin < SECOND, "it took {:?}", end - begin);
    });
    assert_nothing_runs(store);
}

pub(crate) fn a_read_is_cancelled_before_its_first_row(store: &Fixture) {
    let filter = store.make_endless();
    for _ in 0..3 {
        cancel_while_it_works(store, |cancellation| {
            let mut sink = |_: RecordRef<'_>| ControlFlow::Continue(());
            store.read(&filter, cancellation, &mut sink).unwrap()
        });
    }
    // The connection is there and reads what comes to an end.
    store.look_at_the_table();
    store.write(&events(&many(10))).unwrap();
    assert!(store.all(&everything("p1")).len() >= 10);
}

pub(crate) fn a_read_that_waits_for_a_lock_is_cancelled(store: &Fixture) {
    store.write(&events(&many(10))).unwrap();
    let (mut locker, table) = store.table_that_is_read();
    locker
        .transaction(|locker| {
            diesel::sql_query(format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
                .execute(locker)?;
            cancel_while_it_works(store, |cancellation| {
                let mut sink = |_: RecordRef<'_>| ControlFlow::Continue(());
                store
                    .read(&everything("p1"), cancellation, &mut sink)
                    .unwrap()
            });
            QueryResult::Ok(())
        })
        .unwrap();
    assert_eq!(store.all(&everything("p1")).len(), 10);
}

pub(crate) fn no_cancellation_reaches_a_later_read(store: &Fixture) {
    store.write(&events(&many(3000))).unwrap();
    for round in 0..60 {
        let cancellation = Cancellation::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                // From before the statement to after its end.
                thread::sleep(Duration::from_micros(round * 400));
                cancellation.cancel();
            });
            let mut sink = |_: RecordRef<'_>| ControlFlow::Continue(());
            let _either = store
                .read(&everything("p1"), &cancellation, &mut sink)
                .unwrap();
            // At once, on the same connection, for it is the only one.
            assert_eq!(store.count(&everything("p1")).unwrap(), 3000);
            assert_eq!(store.all(&everything("p1")).len(), 3000);
        });
    }
}

fn impatient(store: &Fixture) -> std::sync::Arc<dyn RecordStore> {
    store.reopened(|settings| settings.statement_timeout = Some(Duration::from_millis(200)))
}

pub(crate) fn a_read_that_takes_too_long_is_timed_out(store: &Fixture) {
    let filter = store.make_endless();
    let impatient = impatient(store);
    let begin = Instant::now();
    let error = all(&*impatient, &filter).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TimedOut);
    assert_eq!(
        error.to_string(),
        "read records: the database took longer than the time-out allows"
    );
    assert!(begin.elapsed() < 5 * SECOND);
    assert_nothing_runs(store);
}

pub(crate) fn a_count_that_takes_too_long_is_timed_out(store: &Fixture) {
    // With a range of time alone, no record would be looked at.
    let filter = store.make_endless().with_user_name("ann");
    let error = impatient(store).count(&filter).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TimedOut);
}

pub(crate) fn the_limit_of_the_server_counts_where_there_is_none_of_ours(store: &Fixture) {
    let filter = store.make_endless();
    store.database.execute(
        "DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET statement_timeout = 200', current_database());
        END $$",
    );
    let store = store.reopened(|settings| settings.statement_timeout = None);
    let error = all(&*store, &filter).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TimedOut);
}

pub(crate) fn a_sink_that_breaks_does_not_wait_for_the_rest(store: &Fixture) {
    store.write(&events(&many(30_000))).unwrap();
    // All of it would take five minutes.
    let slowly =
        "CREATE FUNCTION slowly(row_number text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
         BEGIN PERFORM pg_sleep(0.01); RETURN true; END $$";
    store.table_that_is_read().0.batch_execute(slowly).unwrap();
    store.look_through_a_view("SELECT * FROM records WHERE slowly(transaction_id)");
    for _ in 0..2 {
        let mut begin = None;
        let outcome = store.read(&everything("p1"), &Cancellation::new(), &mut |_| {
            begin = Some(Instant::now());
            ControlFlow::Break(())
        });
        assert_eq!(outcome.unwrap(), ReadOutcome::Stopped);
        assert!(begin.unwrap().elapsed() < SECOND);
        assert_nothing_runs(store);
    }
}
