//! Conditions of a PostgreSQL database that pass, and those that do not.

use deskledger_store::{
    AuditEvent, Cancellation, Database, RecordStore, StoreError, StoreErrorKind, Use,
};
use diesel::connection::SimpleConnection as _;

use crate::auditing::{audit, audits, start};
use crate::database::TestDatabase;
use crate::fixture::{Fixture, all, events, everything, many, settings};
use crate::retention::{made, month, partition, started};
use crate::tasking::{add, claim, tasks};

/// Makes the server say something else by default in every new session of the database.
fn by_default(store: &Fixture, defaults: &[(&str, &str)]) {
    let name = store.database.url().rsplit('/').next().unwrap();
    for (setting, value) in defaults {
        store
            .database
            .execute(&format!("ALTER DATABASE {name} SET {setting} = {value}"));
    }
}

/// A store without connections from before.
fn anew(store: &Fixture) -> std::sync::Arc<dyn RecordStore> {
    store.reopened(|_| ())
}

pub(crate) fn nothing_hangs_on_the_defaults_of_a_session(fixture: &Fixture) {
    by_default(
        fixture,
        &[
            ("standard_conforming_strings", "off"),
            ("DateStyle", "'SQL, DMY'"),
            ("IntervalStyle", "'iso_8601'"),
            ("TimeZone", "'Asia/Kolkata'"),
            ("client_encoding", "'LATIN1'"),
            ("bytea_output", "'escape'"),
            ("search_path", "''"),
            ("quote_all_identifiers", "on"),
            ("transform_null_equals", "on"),
            ("array_nulls", "off"),
            ("default_transaction_isolation", "'serializable'"),
            ("default_transaction_deferrable", "on"),
            ("synchronous_commit", "off"),
            ("plan_cache_mode", "'force_generic_plan'"),
            ("enable_indexscan", "off"),
            ("exit_on_error", "on"),
            ("client_min_messages", "'debug5'"),
            ("extra_float_digits", "'-15'"),
            ("xmloption", "'document'"),
            ("jit_above_cost", "0"),
        ],
    );
    let store = anew(fixture);
    // Into a schema that was found, not made anew elsewhere.
    assert!(store.migrate().unwrap().is_empty());
    let months = [0, 1, 2].map(|next| partition(month(next)));
    assert_eq!(made(&*store, month(0)), months);

    let records = [
        started("p1", month(2)),
        started("p1", month(1)),
        started("p1", month(0)),
    ];
    assert_eq!(store.write(&events(&records)).unwrap().inserted, 3);
    assert_eq!(store.write(&events(&records)).unwrap().updated, 3);
    assert_eq!(all(&*store, &everything("p1")).unwrap(), records);

    let audits = audits(fixture);
    let log = audits.log(1);
    start(log.as_ref(), &audit("a1", "2026-11-23T10:00:00Z"));
    let tasks = tasks(fixture);
    add(tasks.as_ref(), "task", 1);
    assert!(claim(tasks.as_ref(), 5).is_some());

    let deleted = store
        .retention()
        .delete_expired(month(2), &Cancellation::new())
        .unwrap();
    let first_two = &months[..2];
    assert!(
        first_two
            .iter()
            .all(|name| deleted.partitions.contains(name))
    );
    assert_eq!(all(&*store, &everything("p1")).unwrap(), records[..1]);
}

pub(crate) fn bounds_that_cannot_be_true_are_an_error(store: &Fixture) {
    assert_eq!(made(&**store, month(0)).len(), 3);
    store
        .database
        .execute("ALTER TABLE connection_records DETACH PARTITION connection_records_later");
    let error = store.retention().make_partitions(month(9)).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
}

fn kind<T: std::fmt::Debug>(result: Result<T, StoreError>) -> StoreErrorKind {
    result.unwrap_err().kind()
}

pub(crate) fn the_brake_on_writes_is_obeyed_alike(fixture: &Fixture) {
    let expired = started("p1", month(0));
    fixture.write(&events(&[expired])).unwrap();
    by_default(fixture, &[("default_transaction_read_only", "on")]);
    let append = |override_read_only, name: &str| {
        let mut settings = settings(fixture.database.url());
        settings.override_read_only = override_read_only;
        let event = AuditEvent::Started(Box::new(audit(name, "2026-11-23T10:00:00Z")));
        Database::open(&settings)
            .unwrap()
            .audits()
            .log(1)
            .append(&[event])
    };
    let delete = |store: &dyn RecordStore| {
        let retention = store.retention();
        retention.delete_expired(month(1), &Cancellation::new())
    };

    let store = anew(fixture);
    assert_eq!(
        kind(store.write(&events(&many(1)))),
        StoreErrorKind::ReadOnly
    );
    assert_eq!(kind(append(false, "a1")), StoreErrorKind::ReadOnly);
    assert_eq!(kind(delete(&*store)), StoreErrorKind::ReadOnly);
    assert_eq!(kind(store.check()), StoreErrorKind::ReadOnly);
    // It is still read.
    assert_eq!(store.count(&everything("p1")).unwrap(), 1);

    let overriding = fixture.reopened(|settings| settings.override_read_only = true);
    append(true, "a2").unwrap();
    overriding.check().unwrap();
    assert_eq!(
        kind(overriding.write(&events(&many(1)))),
        StoreErrorKind::ReadOnly
    );
    if fixture.is_in_real_shards() {
        // The brake is on at the workers too, and there it is obeyed.
        assert_eq!(kind(delete(&*overriding)), StoreErrorKind::ReadOnly);
    } else {
        assert_eq!(delete(&*overriding).unwrap().records, 1);
    }
}

pub(crate) fn time_outs_of_the_role_and_locks_pass(fixture: &Fixture) {
    by_default(fixture, &[("lock_timeout", "'50ms'")]);
    let mut other = fixture.database.postgres_connection();
    other
        .batch_execute("BEGIN; LOCK TABLE connection_identities")
        .unwrap();
    let write = || anew(fixture).write(&events(&many(1)));
    assert_eq!(kind(write()), StoreErrorKind::Busy);
    by_default(
        fixture,
        &[("lock_timeout", "0"), ("statement_timeout", "'300ms'")],
    );
    assert_eq!(kind(write()), StoreErrorKind::TimedOut);
    other.batch_execute("ROLLBACK").unwrap();
    by_default(fixture, &[("statement_timeout", "0")]);
    assert_eq!(write().unwrap().inserted, 1);
}

pub(crate) fn errors_of_the_server_pass_by_their_meaning(fixture: &Fixture) {
    let (mut connection, table) = fixture.table_that_is_written("connection_identities");
    connection
        .batch_execute(&format!(
            "CREATE TABLE said (code text, message text, hint text);
             CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$
             DECLARE it said;
             BEGIN
                 SELECT * INTO it FROM said;
                 IF found THEN
                     RAISE EXCEPTION USING ERRCODE = it.code, MESSAGE = it.message, HINT = it.hint;
                 END IF;
                 RETURN NULL;
             END $$;
             CREATE TRIGGER say BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION say()"
        ))
        .unwrap();
    for (code, message, hint, expected) in [
        (
            "53100",
            "could not extend file \"base/1/2\": No space left on device",
            "Check free disk space.",
            StoreErrorKind::Full,
        ),
        (
            "53100",
            "konnte Datei »base/1/2« nicht erweitern",
            "Prüfen Sie den freien Festplattenplatz.",
            StoreErrorKind::Full,
        ),
        (
            "53200",
            "out of shared memory",
            "You might need to increase max_locks_per_transaction.",
            StoreErrorKind::Busy,
        ),
        (
            "40P01",
            "deadlock detected",
            "See server log for query details.",
            StoreErrorKind::Busy,
        ),
        ("40001", "autre transaction", "", StoreErrorKind::Busy),
        (
            "25006",
            "keine Schreibzugriffe",
            "",
            StoreErrorKind::ReadOnly,
        ),
        (
            "42501",
            "permission denied for table connection_identities",
            "",
            StoreErrorKind::Other,
        ),
    ] {
        connection
            .batch_execute(&format!(
                "DELETE FROM said; INSERT INTO said VALUES ('{code}', '{message}', '{hint}')"
            ))
            .unwrap();
        let error = fixture.write(&events(&many(1))).unwrap_err();
        assert_eq!(error.kind(), expected, "{code} {message}");
        assert_eq!(expected.may_pass(), expected != StoreErrorKind::Other);
    }
}

/// A database on the server of the tests with another encoding, and its URL.
fn encoded_in(encoding: &str) -> (TestDatabase, String) {
    let database = TestDatabase::postgres();
    let (server, name) = database.url().rsplit_once('/').unwrap();
    let other = format!("{name}_{}", encoding.to_lowercase());
    let create = format!(
        "CREATE DATABASE {other} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    );
    let mut connection = database.postgres_connection();
    // Not every encoding goes with ICU, which is the default of some servers; old ones know no other provider.
    connection
        .batch_execute(&format!("{create} LOCALE_PROVIDER libc"))
        .or_else(|_| connection.batch_execute(&create))
        .unwrap();
    let url = format!("{server}/{other}");
    (database, url)
}

fn assert_unsuitable(url: &str, words: &str) {
    let store = Database::open(&settings(url)).unwrap().records();
    for error in [
        store.migrate().unwrap_err(),
        store.pending_migrations().unwrap_err(),
        store.check().unwrap_err(),
        store.count(&everything("p1")).unwrap_err(),
        store.write(&events(&many(1))).unwrap_err(),
    ] {
        assert_eq!(error.kind(), StoreErrorKind::Unsuitable);
        assert!(error.kind().is_permanent());
        assert!(error.to_string().contains(words), "{error}");
    }
}

pub(crate) fn a_database_that_is_not_in_utf_8_is_refused() {
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let (database, url) = encoded_in(encoding);
        assert_unsuitable(&url, encoding);
        let (_, name) = url.rsplit_once('/').unwrap();
        database.execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
    }
}

pub(crate) fn a_right_that_lacks_is_named(store: &Fixture) {
    let name = store.database.url().rsplit('/').next().unwrap();
    let role = format!("server_of_{name}");
    for command in [
        "CREATE ROLE {role} LOGIN",
        "GRANT SELECT ON connection_records, connection_identities, record_counts, access_keys, __diesel_schema_migrations TO {role}",
        "GRANT SELECT ON export_audits TO {role}",
        "GRANT SELECT, INSERT ON export_audit_ends TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON export_tasks TO {role}",
    ] {
        store.database.execute(&command.replace("{role}", &role));
    }
    let (address, _) = store.database.url().rsplit_once('/').unwrap();
    let (scheme, host) = address.rsplit_once('@').map_or_else(
        || address.split_once("://").unwrap(),
        |(scheme, host)| (scheme.split_once("://").unwrap().0, host),
    );
    let as_role = Database::open(&settings(&format!("{scheme}://{role}@{host}/{name}")))
        .unwrap()
        .records();
    as_role.check_rights(Use::Export).unwrap();
    as_role.check_rights(Use::Keys).unwrap();
    let error = as_role.check_rights(Use::ChangeKeys).unwrap_err();
    let said = error.to_string();
    assert!(
        said.ends_with("lacks INSERT on access_keys, UPDATE on access_keys"),
        "{said}"
    );
    let error = as_role.check_rights(Use::Serve).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::LacksRights);
    assert!(!error.kind().is_permanent(), "it can be granted meanwhile");
    let said = error.to_string();
    assert!(said.ends_with("lacks INSERT on export_audits"), "{said}");
    let error = as_role.check_rights(Use::Record).unwrap_err().to_string();
    assert!(error.contains("DELETE on incomplete_records"), "{error}");
    assert!(error.contains("UPDATE on record_counts"), "{error}");
    // What serves finds one record by its identity, so it has all that a check needs.
    as_role.check_rights(Use::Check).unwrap();
    let error = as_role.check_rights(Use::Repair).unwrap_err().to_string();
    assert!(error.contains("INSERT on record_counts"), "{error}");

    // A policy would leave records out of a file without a word.
    store
        .database
        .execute(&format!("GRANT INSERT ON export_audits TO {role}"));
    store
        .database
        .execute("ALTER TABLE connection_records ENABLE ROW LEVEL SECURITY");
    let error = as_role.check_rights(Use::Serve).unwrap_err().to_string();
    assert!(
        error.ends_with("lacks every row on connection_records"),
        "{error}"
    );
    assert!(all(&*as_role, &everything("p1")).is_err());
    drop(as_role);
    for command in ["DROP OWNED BY", "DROP ROLE"] {
        store.database.execute(&format!("{command} {role}"));
    }
}
