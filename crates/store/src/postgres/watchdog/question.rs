//! The question to a silent server: does it work on what a connection waits for?

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Integer};

use super::super::connect;
use super::{ConnectTurn, Patience, Watched};

/// How long the server may take for its answer, once connected to; and a connection to be made.
const LIMIT: Duration = Duration::from_secs(3);

/// How long an answer to the statement may be on its way when the server says that it is done with it.
const ON_ITS_WAY: Duration = Duration::from_millis(500);

/// The server does not work on a statement that waits for its client. Where the server does not keep track of what its
/// connections do, the statement counts as working. A coordinator that waits for the answer of a worker says that it reads from its
/// client; only when it writes to one does it certainly wait for that.
const WORKS: &str = "SELECT pid, state NOT LIKE 'idle%' AND (wait_event_type IS DISTINCT FROM 'Client' \
        OR wait_event = 'ClientRead' AND EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'citus')) AS works \
    FROM pg_catalog.pg_stat_activity WHERE pid = ANY($1)";

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Integer)]
    pid: i32,
    #[diesel(sql_type = diesel::sql_types::Nullable<Bool>)]
    works: Option<bool>,
}

/// Asks the servers of some connections, each on a thread of its own, and cuts those on whose behalf nobody works.
pub(super) fn ask(silent: Vec<(Arc<Watched>, u64)>) {
    let mut servers: BTreeMap<Arc<str>, Vec<_>> = BTreeMap::new();
    for (watched, step) in silent {
        servers
            .entry(Arc::clone(&watched.url))
            .or_default()
            .push((watched, step));
    }
    for (url, silent) in servers {
        let of_the_thread = silent.clone();
        let thread = thread::Builder::new()
            .name("deskledger-ask".to_owned())
            .spawn(move || judge(&url, &of_the_thread));
        if let Err(error) = thread {
            tracing::error!(%error, "a silent database cannot be asked what it does");
            // The next look tries again.
            release(&silent);
        }
    }
}

fn release(silent: &[(Arc<Watched>, u64)]) {
    for (watched, _) in silent {
        watched.is_asked.store(false, Ordering::Release);
    }
}

fn judge(url: &Arc<str>, silent: &[(Arc<Watched>, u64)]) {
    let pids: Vec<_> = silent
        .iter()
        .map(|(watched, _)| watched.pid.load(Ordering::Relaxed))
        .collect();
    match works(url, &pids) {
        Ok(works) => {
            let works = |watched: &Watched| {
                let pid = watched.pid.load(Ordering::Relaxed);
                works.get(&pid).copied().unwrap_or(false)
            };
            if silent.iter().any(|(watched, _)| !works(watched)) {
                thread::sleep(ON_ITS_WAY);
            }
            for (watched, step) in silent {
                if works(watched) {
                    watched.terms().worked = Some((*step, Instant::now()));
                } else if watched.step() == *step {
                    watched.cut("the server does not work on its statement");
                }
            }
        }
        Err(error) => {
            for (watched, step) in silent {
                if watched.step() == *step {
                    watched.cut("the server is silent on other connections too");
                }
            }
            tracing::warn!(error, "a silent database did not say what it does");
        }
    }
    release(silent);
}

/// Which processes of the server work on a statement, by its own account.
fn works(url: &Arc<str>, pids: &[i32]) -> Result<HashMap<i32, bool>, String> {
    let watched = Watched::begin(url, None).map_err(|error| error.to_string())?;
    let turn = ConnectTurn::wait(url, LIMIT)?;
    watched.during(Patience::Short(LIMIT), || {
        let url_with_mark = connect::url_for_question(url, watched.mark(), LIMIT);
        let mut connection = match turn.establish(&url_with_mark, &watched) {
            Ok(connection) => connection,
            // It refuses a connection more, so it lives. What it does is not known; its own time-out then decides.
            Err(error) if error.to_string().contains("FATAL: ") => {
                return Ok(pids.iter().map(|pid| (*pid, true)).collect());
            }
            Err(error) => return Err(connect::without_secrets(error.to_string(), url)),
        };
        let answers: Vec<Answer> = diesel::sql_query(WORKS)
            .bind::<Array<Integer>, _>(pids)
            .load(&mut connection)
            .map_err(|error| error.to_string())?;
        Ok(answers
            .into_iter()
            .map(|answer| (answer.pid, answer.works.unwrap_or(true)))
            .collect())
    })
}
