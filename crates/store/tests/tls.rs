//! PostgreSQL over TLS: the program brings an OpenSSL of its own, built without what libpq has no use for.
//!
//! The test stands in a program of its own, since it changes the settings of the throwaway server.

#![cfg(test)]

#[path = "support/database.rs"]
#[expect(dead_code, reason = "a file of SQLite speaks no TLS")]
mod database;

use std::path::Path;
use std::time::{Duration, Instant};

use deskledger_store::{Database, StoreError, StoreErrorKind, StoreSettings};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use rcgen::{CertifiedKey, generate_simple_self_signed};

use database::TestDatabase;

/// The server with TLS, until it is dropped.
struct Tls<'a> {
    database: &'a TestDatabase,
}

impl<'a> Tls<'a> {
    /// Gives the server a certificate and its key.
    fn begin(database: &'a TestDatabase, certificate: &str, key: &str) -> Self {
        for (name, pem) in [("tls.crt", certificate), ("tls.key", key)] {
            // The server takes a key that nobody else may read, and the file must be its own.
            database.execute(&format!(
                "COPY (SELECT unnest(string_to_array('{}', E'\\n'))) TO PROGRAM 'umask 077; cat > {name}'",
                pem.trim_end()
            ));
        }
        let tls = Self { database };
        tls.set("ssl_cert_file = 'tls.crt'");
        tls.set("ssl_key_file = 'tls.key'");
        tls.set("ssl = on");
        tls
    }

    /// Changes a setting of the server. Connections that are made some moments later have it.
    fn set(&self, setting: &str) {
        self.database
            .execute(&format!("ALTER SYSTEM SET {setting}"));
        self.database.execute("SELECT pg_reload_conf()");
    }
}

impl Drop for Tls<'_> {
    fn drop(&mut self) {
        let mut connection = self.database.postgres_connection();
        for setting in [
            "ssl",
            "ssl_cert_file",
            "ssl_key_file",
            "ssl_max_protocol_version",
        ] {
            // The server is a throwaway.
            let _ = connection.batch_execute(&format!("ALTER SYSTEM RESET {setting}"));
        }
        let _ = connection.batch_execute("SELECT pg_reload_conf()");
    }
}

/// The protocol of the connection over which a store looks at its database, checked against a root.
fn protocol(database: &TestDatabase, root: &Path) -> Result<String, StoreError> {
    #[derive(QueryableByName)]
    struct Protocol {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let (url, root) = (database.url(), root.display());
    let settings = StoreSettings::new(format!("{url}?sslmode=verify-full&sslrootcert={root}"));
    let records = Database::open(&settings)?.records();
    records.check()?;
    let found: Protocol = diesel::sql_query(
        "SELECT version FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
         WHERE datname = current_database() AND ssl AND pid <> pg_backend_pid()",
    )
    .get_result(&mut database.postgres_connection())
    .unwrap();
    Ok(found.version)
}

#[test]
fn a_server_is_reached_over_each_tls_and_only_with_the_certificate_that_is_trusted() {
    let database = TestDatabase::postgres();
    let own = |names: [&str; 2]| generate_simple_self_signed(names.map(str::to_owned)).unwrap();
    let CertifiedKey { cert, signing_key } = own(["127.0.0.1", "localhost"]);
    let folder = tempfile::tempdir().unwrap();
    let [trusted, other] = ["trusted.pem", "other.pem"].map(|name| folder.path().join(name));
    std::fs::write(&trusted, cert.pem()).unwrap();
    std::fs::write(&other, own(["127.0.0.1", "localhost"]).cert.pem()).unwrap();

    let error = protocol(&database, &trusted).unwrap_err();
    assert_eq!(
        error.kind(),
        StoreErrorKind::Unavailable,
        "there is no TLS yet"
    );

    let tls = Tls::begin(&database, &cert.pem(), &signing_key.serialize_pem());
    for version in ["TLSv1.3", "TLSv1.2"] {
        tls.set(&format!("ssl_max_protocol_version = '{version}'"));
        // The server reads its settings when it comes to it.
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut found = protocol(&database, &trusted);
        while found.as_deref().ok() != Some(version) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
            found = protocol(&database, &trusted);
        }
        assert_eq!(found.unwrap(), version);
    }
    let error = protocol(&database, &other).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    let said = deskledger_domain::error_chain(&error);
    assert!(said.contains("certificate verify failed"), "{said}");
}
