//! An export streams: its bytes leave while its rows are read, and what stops one end stops the other.

use std::io::{Cursor, Read as _};
use std::net::TcpStream;

use calamine::{Reader as _, Xlsx};
use deskledger_tests::{Database, PROJECT, Service, sheets};

use crate::client::{idle_client, idle_client_with, request};
use crate::record::bulky;

/// So many records that their workbook does not fit into what the channel and the sockets hold.
const MANY: u32 = 6_000;

/// The body of a chunked answer as far as it came, and whether it was closed properly.
fn body(answer: &[u8]) -> (Vec<u8>, bool) {
    let head = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap_or(0);
    let mut rest = answer.get(head + 4..).unwrap_or_default();
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return (body, true);
        }
        let chunk = &rest[end + 2..];
        body.extend_from_slice(&chunk[..size.min(chunk.len())]);
        rest = chunk.get(size + 2..).unwrap_or_default();
    }
    (body, false)
}

fn opens(file: &[u8]) -> bool {
    Xlsx::new(Cursor::new(file)).is_ok_and(|mut workbook| !workbook.worksheets().is_empty())
}

mod postgres {
    use std::thread;
    use std::time::{Duration, Instant};

    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Bool};
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Somebody who looks at the server while exports run.
    fn observer(database: &Database) -> PgConnection {
        database.server_of_exports(PROJECT)
    }

    fn exports_running(observer: &mut PgConnection) -> i64 {
        diesel::select(diesel::dsl::sql::<BigInt>(
            "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
              AND application_name = 'deskledger' AND state = 'active' AND query LIKE 'COPY %')",
        ))
        .get_result(observer)
        .unwrap()
    }

    fn wait_until_none_runs(observer: &mut PgConnection) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while exports_running(observer) > 0 {
            assert!(
                Instant::now() < deadline,
                "a query goes on although its client left"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn the_first_bytes_leave_while_rows_are_still_read() {
        let database = Database::postgres();
        database.fill(PROJECT, bulky(MANY));
        let service = Service::start(&database);
        let mut observer = observer(&database);
        let _idle = idle_client(&service);
        assert_eq!(exports_running(&mut observer), 1);
    }

    /// What arrives of an export whose database is lost on the way: never all of it.
    fn broken_export(service: &Service, observer: &mut PgConnection, query: &str) -> Vec<u8> {
        let mut client = idle_client_with(service, query);
        let terminated: bool = diesel::select(diesel::dsl::sql::<Bool>(
            "(SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity
              WHERE datname = current_database() AND application_name = 'deskledger' AND state = 'active')",
        ))
        .get_result(observer)
        .unwrap();
        assert!(terminated);

        let mut answer = b"HTTP/1.1 200".to_vec();
        // A connection that is reset is broken just as well.
        let _ = client.read_to_end(&mut answer);
        let (file, closed) = body(&answer);
        assert!(!closed, "the transfer was closed properly");
        assert!(file.len() > 100_000, "it broke before it began");
        file
    }

    #[test]
    fn a_database_lost_on_the_way_breaks_the_transfer_of_every_format() {
        let database = Database::postgres();
        database.fill(PROJECT, bulky(MANY));
        let service = Service::start(&database);
        let mut observer = observer(&database);
        for query in ["format=csv", "format=jsonl"] {
            let part = broken_export(&service, &mut observer, query);
            let whole = service.export(query);
            assert_eq!(whole.header("transfer-encoding"), Some("chunked"));
            let lines = std::str::from_utf8(&whole.body).unwrap().lines().count();
            let header = usize::from(query == "format=csv");
            assert_eq!(lines, MANY as usize + header, "{query}");
            assert!(part.len() < whole.body.len() && whole.body.starts_with(&part));
        }
    }

    #[test]
    fn a_database_lost_on_the_way_breaks_the_transfer_and_no_part_opens() {
        let database = Database::postgres();
        database.fill(PROJECT, bulky(MANY));
        let service = Service::start(&database);
        let file = broken_export(&service, &mut observer(&database), "");
        for share in [4, 3, 2, 1] {
            assert!(
                !opens(&file[..file.len() / share]),
                "a part opens as a workbook"
            );
        }
        let whole = service.export("");
        assert_eq!(sheets(&whole.body)[0].rows.len(), MANY as usize);
    }

    #[test]
    fn fifty_clients_that_leave_at_random_moments_leave_nothing_behind() {
        let database = Database::postgres();
        database.fill(PROJECT, bulky(MANY));
        let service = Service::start_with(&database, |settings| {
            settings.limits.exports = 3;
            settings.limits.exports_per_project = 3;
        });
        let mut observer = observer(&database);
        let mut random = ChaCha8Rng::seed_from_u64(50);
        for _ in 0..50 {
            let mut client = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
            request(&mut client);
            let bytes = random.random_range(0..4_000_000);
            let _ = std::io::copy(&mut (&mut client).take(bytes), &mut std::io::sink());
            drop(client);
            wait_until_none_runs(&mut observer);
        }
        // Every permit is free again, and a full export is right.
        let whole = service.export("");
        assert_eq!(whole.status, 200);
        assert_eq!(sheets(&whole.body)[0].rows.len(), MANY as usize);
    }
}
