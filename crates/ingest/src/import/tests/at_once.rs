use std::sync::{
    Condvar, Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
use std::time::Duration;

use deskledger_domain::ConnectionEvent;

use super::*;

const WRITERS: NonZeroUsize = NonZeroUsize::new(3).unwrap();

/// An import in batches of three records, each written by `write`, which gets the number of the first record of its batch.
fn import_at_once(
    input: &str,
    write: impl Fn(u64, &[ConnectionEvent]) -> io::Result<Written> + Sync,
) -> Result<ImportSummary, ImportError<io::Error>> {
    Importer::new(ImportFormat::Ndjson, &project())
        .batch_records(NonZeroUsize::new(3).unwrap())
        .run_at_once(input.as_bytes(), WRITERS, |events| {
            let first = events[0].fields().transaction_id.parse().unwrap();
            write(first, events)
        })
}

fn all_new(events: &[ConnectionEvent]) -> Written {
    Written {
        inserted: events.len() as u64,
        updated: 0,
    }
}

fn lines(ids: impl IntoIterator<Item = u32>) -> String {
    ids.into_iter().map(|id| line(id) + "\n").collect()
}

#[test]
fn batches_are_written_at_once_and_all_are_counted() {
    // Each waits until as many are written as there are writers, or it would wait in vain.
    let (writing, changed) = (Mutex::new(0), Condvar::new());
    let summary = import_at_once(&(lines(0..9) + "\n"), |_, events| {
        let mut count = writing.lock().unwrap();
        *count += 1;
        changed.notify_all();
        let all = |count: &mut usize| *count < WRITERS.get();
        let waited = changed
            .wait_timeout_while(count, Duration::from_secs(30), all)
            .unwrap();
        assert!(
            !waited.1.timed_out(),
            "they are written one after the other"
        );
        drop(waited);
        Ok(all_new(events))
    })
    .unwrap();
    assert_eq!((summary.records, summary.inserted), (9, 9));
    assert_eq!(summary.lines, 10);
}

#[test]
fn events_of_one_connection_are_never_written_at_once_and_stay_in_their_order() {
    // Each batch has connection 1, so each waits for the one before.
    let ids = (0..20).flat_map(|batch| [batch * 10 + 5, 1, batch * 10 + 6]);
    let (writing, order) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    import_at_once(&lines(ids), |first, events| {
        assert_eq!(writing.fetch_add(1, Ordering::SeqCst), 0);
        std::thread::sleep(Duration::from_millis(1));
        order.lock().unwrap().push(first);
        writing.fetch_sub(1, Ordering::SeqCst);
        Ok(all_new(events))
    })
    .unwrap();
    let expected: Vec<u64> = (0..20).map(|batch| batch * 10 + 5).collect();
    assert_eq!(order.into_inner().unwrap(), expected);
}

#[test]
fn a_batch_that_fails_ends_the_import_and_only_what_is_before_it_is_counted() {
    let written = AtomicU64::new(0);
    let error = import_at_once(&lines(0..3000), |first, events| {
        match first {
            // The second batch fails while the first one and the third one are still being written.
            3 => return Err(io::Error::other("full")),
            0 | 6 => std::thread::sleep(Duration::from_millis(50)),
            _ => {}
        }
        written.fetch_add(1, Ordering::SeqCst);
        Ok(all_new(events))
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the records of lines 4 to 6 could not be written; \
            before it, 3 records of lines 1 to 3 were imported, and importing them again is safe"
    );
    // Nothing is begun once it is known.
    assert!(written.into_inner() < 900);
}

#[test]
fn a_bad_line_is_reported_once_all_before_it_is_written() {
    let input = lines(0..6) + "no record\n" + &lines(7..20);
    let error = import_at_once(&input, |_, events| {
        std::thread::sleep(Duration::from_millis(20));
        Ok(all_new(events))
    })
    .unwrap_err();
    assert!(matches!(&error.failure, ImportFailure::BadLine(bad) if bad.line == 7));
    assert_eq!((error.imported.records, error.imported.lines), (6, 6));

    // A batch before it that could not be written is of earlier lines.
    let error = import_at_once(&input, |_, _| Err(io::Error::other("full"))).unwrap_err();
    assert!(matches!(
        error.failure,
        ImportFailure::Write { first_line: 1, .. }
    ));
}

#[test]
fn a_writer_that_panics_leaves_nobody_waiting() {
    let import = || {
        import_at_once(&lines(0..300), |first, events| {
            assert_ne!(first, 30, "it panics");
            Ok(all_new(events))
        })
    };
    assert!(std::panic::catch_unwind(import).is_err());
}
