//! Refusals that come one after the other leave few audits, and are all counted.

use super::*;

on_both_databases! {
    refusals_that_are_alike_are_counted_in_one_audit
}

const FLOOD: usize = 30;

fn refused(audits: &[Value]) -> Vec<&Value> {
    let refused = |audit: &&Value| audit["outcome"] == "refused";
    audits.iter().filter(refused).collect()
}

fn refusals_that_are_alike_are_counted_in_one_audit(database: &Database) {
    fill_for_idle_clients(database);
    let service = start(database, |settings| {
        settings.limits.exports = 1;
        settings.limits.exports_per_project = 1;
        settings.limits.queue_length = 0;
    });
    let idle = idle_client(&service);
    thread::scope(|scope| {
        for _ in 0..FLOOD {
            scope.spawn(|| {
                let answer = service.export("");
                assert_eq!(answer.error().0, ErrorCode::TooManyRequests.code());
            });
        }
    });
    // Another kind, and another project that is named, are audits of their own.
    for _ in 0..FLOOD {
        assert_eq!(service.export("language=none").status, 400);
    }
    let path = "/v2/another/connections/desktops/export";
    assert_eq!(service.get(path, &[("X-Auth-Token", TOKEN)]).status, 403);
    let found = wait_until(&service, |audits| refused(audits).len() >= 3);
    let found = refused(&found);
    assert_eq!(found.len(), 3, "{found:?}");
    for audit in &found {
        assert_eq!(audit["requests"], 1, "{audit}");
    }
    drop(idle);
    // What was counted is written down also where the process stops.
    drop(service);
    let service = start(database, |_| {});
    let audits = audits(&service);
    let counted: Vec<_> = refused(&audits)
        .into_iter()
        .filter(|audit| audit["requests"] != 1)
        .map(|audit| {
            let code = audit["error_code"].as_str().unwrap();
            (code, audit["requests"].as_u64().unwrap())
        })
        .collect();
    let rest = FLOOD as u64 - 1;
    assert_eq!(counted.len(), 2, "{counted:?}");
    assert!(counted.contains(&(ErrorCode::TooManyRequests.code(), rest)));
    assert!(counted.contains(&(ErrorCode::UnknownLanguage.code(), rest)));
    assert_eq!(refused(&audits).len(), 5);
}
