//! What becomes of a read where the server refuses a COPY, or fails on the way.

use std::ops::ControlFlow;

use deskledger_store::{Cancellation, StoreErrorKind};
use diesel::connection::SimpleConnection as _;

use crate::fixture::{Fixture, all, events, everything, many};

/// Replaces the table by a view with this condition. `current_query()` is what the client sent.
fn look_through_a_view(store: &Fixture, volatility: &str, refusal: &str) {
    let passes = format!(
        "CREATE FUNCTION passes(row_number text) RETURNS boolean LANGUAGE plpgsql {volatility} AS $$
         BEGIN
            IF {refusal} THEN RAISE EXCEPTION 'refused'; END IF;
            RETURN true;
         END $$"
    );
    store.table_that_is_read().0.batch_execute(&passes).unwrap();
    store.look_through_a_view("SELECT * FROM records WHERE passes(transaction_id)");
}

pub(crate) fn a_copy_that_is_refused_is_read_row_by_row(store: &Fixture) {
    store.write(&events(&many(30))).unwrap();
    let expected = store.all(&everything("p1"));
    // A setting that COPY reads and a query with parameters does not.
    store.database.execute(
        "CREATE FUNCTION public.current_setting(name text) RETURNS text LANGUAGE plpgsql STABLE AS $$
         BEGIN RAISE EXCEPTION 'refused'; END $$;
         DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database());
         END $$",
    );
    let store = store.reopened(|_| ());
    for _ in 0..3 {
        assert_eq!(all(&*store, &everything("p1")).unwrap(), expected);
    }
}

pub(crate) fn a_copy_that_fails_before_its_first_row_is_read_row_by_row(store: &Fixture) {
    store.write(&events(&many(30))).unwrap();
    let expected = store.all(&everything("p1"));
    look_through_a_view(store, "VOLATILE", "current_query() LIKE 'COPY%'");
    for _ in 0..3 {
        assert_eq!(store.all(&everything("p1")), expected);
    }
    store.look_at_the_table();
    assert_eq!(store.all(&everything("p1")), expected);
}

pub(crate) fn a_statement_that_fails_on_the_way_is_an_error(store: &Fixture) {
    store.write(&events(&many(30_000))).unwrap();
    look_through_a_view(store, "STABLE", "row_number = 't00000007'");
    let mut got = 0;
    let error = store
        .read(&everything("p1"), &Cancellation::new(), &mut |_| {
            got += 1;
            ControlFlow::Continue(())
        })
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
    assert_eq!(error.to_string(), "read records: the database refused");
    assert!(std::error::Error::source(&error).is_some());
    // All before it, and none twice: the last of the buffer may not have left the server.
    assert!((1..30_000 - 7).contains(&got), "{got}");
    // The connection is as good as before.
    store.look_at_the_table();
    assert_eq!(store.all(&everything("p1")).len(), 30_000);
}
