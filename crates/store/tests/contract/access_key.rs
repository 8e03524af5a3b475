use chrono::{DateTime, Utc};
use deskledger_domain::{Policy, Principal, ProjectScope, parse_time};
use deskledger_store::{
    AccessKeyBounds, AccessKeyState, Addition, NewAccessKey, Revocation, StoreErrorKind,
    StoredAccessKey,
};

use crate::fixture::{Fixture, events, everything, project};

fn time(text: &str) -> DateTime<Utc> {
    parse_time(text).unwrap()
}

fn ann(roles: &[&str]) -> Principal {
    Principal::new("ann 'x' 张", project("项目 1"), roles.iter().copied())
}

fn add(store: &Fixture, id: &str, principal: &Principal, created_at: &str) {
    let key = NewAccessKey {
        id,
        principal,
        sealed_secret: &[0, 255, b'\'', 10],
        created_at: time(created_at),
    };
    store.access_keys().add(&key).unwrap();
}

fn active(id: &str, principal: &Principal, created_at: &str) -> StoredAccessKey {
    StoredAccessKey {
        id: id.to_owned(),
        principal: principal.clone(),
        created_at: time(created_at),
        state: AccessKeyState::Active {
            sealed_secret: vec![0, 255, b'\'', 10],
        },
    }
}

pub(crate) fn access_keys_come_back_equal_oldest_first(store: &Fixture) {
    assert_eq!(store.access_keys().list().unwrap(), []);
    let all = ann(&["te_admin", "an auditor, too"]);
    let none = ann(&[]);
    add(store, "b", &all, "2026-11-23T00:00:00.000001Z");
    add(store, "a", &none, "2026-11-23T00:00:00.000001Z");
    add(store, "c", &all, "2026-11-22T00:00Z");
    assert_eq!(
        store.access_keys().list().unwrap(),
        [
            active("c", &all, "2026-11-22T00:00Z"),
            active("a", &none, "2026-11-23T00:00:00.000001Z"),
            active("b", &all, "2026-11-23T00:00:00.000001Z"),
        ]
    );
}

pub(crate) fn a_known_identifier_and_a_role_of_two_lines_are_refused(store: &Fixture) {
    let principal = ann(&["te_admin"]);
    add(store, "a", &principal, "2026-11-23T00:00Z");
    for (id, principal) in [
        ("a", ann(&["other"])),
        ("b", ann(&["a\nte_admin"])),
        ("c", ann(&[""])),
    ] {
        let key = NewAccessKey {
            id,
            principal: &principal,
            sealed_secret: b"other",
            created_at: time("2026-11-24T00:00Z"),
        };
        let error = store.access_keys().add(&key).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Other, "{id}");
    }
    assert_eq!(
        store.access_keys().list().unwrap(),
        [active("a", &principal, "2026-11-23T00:00Z")]
    );
}

pub(crate) fn a_revoked_key_stays_without_its_secret(store: &Fixture) {
    let principal = ann(&["te_admin"]);
    add(store, "a", &principal, "2026-11-23T00:00Z");
    add(store, "b", &principal, "2026-11-24T00:00Z");
    let revoke = |id: &str, at: &str| store.access_keys().revoke(id, time(at)).unwrap();
    assert_eq!(revoke("c", "2026-11-25T00:00Z"), Revocation::Unknown);
    assert_eq!(revoke("A", "2026-11-25T00:00Z"), Revocation::Unknown);
    assert_eq!(revoke("a", "2026-11-25T00:00Z"), Revocation::Revoked);
    assert_eq!(revoke("a", "2026-11-26T00:00Z"), Revocation::AlreadyRevoked);
    let revoked = StoredAccessKey {
        state: AccessKeyState::Revoked {
            at: time("2026-11-25T00:00Z"),
        },
        ..active("a", &principal, "2026-11-23T00:00Z")
    };
    assert_eq!(
        store.access_keys().list().unwrap(),
        [revoked, active("b", &principal, "2026-11-24T00:00Z")]
    );
}

fn of(id: &str) -> ProjectScope {
    let id = project(id);
    let principal = Principal::new("test", id.clone(), [""; 0]);
    Policy::decide_own(&principal, &id).unwrap()
}

pub(crate) fn a_project_sees_its_own_keys_the_active_ones_first(store: &Fixture) {
    let other = Principal::new("ann 'x' 张", project("p2"), ["te_admin"]);
    let ours = ann(&["te_admin"]);
    add(store, "c", &ours, "2026-11-22T00:00Z");
    add(store, "b", &ours, "2026-11-23T00:00Z");
    add(store, "a", &ours, "2026-11-23T00:00Z");
    add(store, "revoked", &ours, "2026-11-24T00:00Z");
    add(store, "theirs", &other, "2026-11-25T00:00Z");
    store
        .access_keys()
        .revoke("revoked", time("2026-11-26T00:00Z"))
        .unwrap();
    let listed = |id: &str, most: u32| -> Vec<String> {
        let keys = store.access_keys().of_project(&of(id), most).unwrap();
        keys.into_iter().map(|key| key.id).collect()
    };
    assert_eq!(listed("项目 1", 9), ["a", "b", "c", "revoked"]);
    assert_eq!(listed("项目 1", 2), ["a", "b"]);
    assert_eq!(listed("p2", 9), ["theirs"]);
    assert_eq!(listed("p", 9), [""; 0]);
    // What verifies signatures reads no key that is revoked.
    let mut active = store.access_keys().active().unwrap();
    active.sort_by(|one, other| one.id.cmp(&other.id));
    let ids: Vec<_> = active.iter().map(|key| key.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "theirs"]);
}

pub(crate) fn a_project_revokes_its_own_keys_alone(store: &Fixture) {
    add(store, "a", &ann(&["te_admin"]), "2026-11-23T00:00Z");
    let revoke = |scope: &str, id: &str| {
        let now = time("2026-11-25T00:00Z");
        store.access_keys().revoke_of(&of(scope), id, now).unwrap()
    };
    assert_eq!(revoke("p2", "a"), Revocation::Unknown);
    assert_eq!(store.access_keys().active().unwrap().len(), 1);
    assert_eq!(revoke("项目 1", "A"), Revocation::Unknown);
    assert_eq!(revoke("项目 1", "a"), Revocation::Revoked);
    assert_eq!(revoke("项目 1", "a"), Revocation::AlreadyRevoked);
    assert_eq!(store.access_keys().active().unwrap(), []);
}

pub(crate) fn keys_are_added_within_bounds_of_active_ones(store: &Fixture) {
    let bounds = AccessKeyBounds {
        of_user: 2,
        of_project: 3,
    };
    let add = |id: &str, user: &str, of: &str| {
        let key = NewAccessKey {
            id,
            principal: &Principal::new(user, project(of), ["te_admin"]),
            sealed_secret: b"sealed",
            created_at: time("2026-11-23T00:00Z"),
        };
        store.access_keys().add_within(&key, bounds).unwrap()
    };
    assert_eq!(add("a", "ann", "p1"), Addition::Added);
    assert_eq!(add("b", "ann", "p1"), Addition::Added);
    assert_eq!(add("c", "ann", "p1"), Addition::UserHasEnough);
    // Neither another project nor another user is concerned.
    assert_eq!(add("d", "ann", "p2"), Addition::Added);
    assert_eq!(add("e", "Ann", "p1"), Addition::Added);
    assert_eq!(add("f", "bob", "p1"), Addition::ProjectHasEnough);
    store
        .access_keys()
        .revoke("a", time("2026-11-24T00:00Z"))
        .unwrap();
    assert_eq!(add("g", "ann", "p1"), Addition::Added);
    assert_eq!(store.access_keys().list().unwrap().len(), 5);
}

pub(crate) fn keys_are_listed_also_when_all_exports_are_busy(store: &Fixture) {
    use std::ops::ControlFlow;

    use deskledger_store::Cancellation;

    store.write(&events(&crate::fixture::many(1))).unwrap();
    let outcome = store.read(&everything("p1"), &Cancellation::new(), &mut |_| {
        // The one connection for exports is taken here.
        assert_eq!(store.access_keys().list().unwrap(), []);
        ControlFlow::Continue(())
    });
    let _ = outcome.unwrap();
}

pub(crate) fn a_row_that_is_no_key_is_corrupt(store: &Fixture) {
    add(store, "a", &ann(&["te_admin"]), "2026-11-23T00:00Z");
    store
        .database
        .execute("UPDATE access_keys SET project_id = ''");
    let error = store.access_keys().list().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
}
