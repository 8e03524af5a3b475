//! What a role of the database lacks is named by the command that needs it, before it does anything.

use std::process::Command;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use crate::database::TestDatabase;

mod postgres {
    use super::*;

    #[test]
    fn a_command_names_the_right_that_its_role_lacks() {
        let database = TestDatabase::postgres();
        deskledger_store::Database::open(&deskledger_store::StoreSettings::new(database.url()))
            .unwrap()
            .records()
            .migrate()
            .unwrap();
        let (address, name) = database.url().rsplit_once('/').unwrap();
        let (scheme, host) = address.rsplit_once('@').map_or_else(
            || address.split_once("://").unwrap(),
            |(scheme, host)| (scheme.split_once("://").unwrap().0, host),
        );
        let role = format!("lacking_{name}");
        let mut owner = PgConnection::establish(database.url()).unwrap();
        owner
            .batch_execute(&format!(
                "CREATE ROLE {role} LOGIN; GRANT SELECT ON __diesel_schema_migrations, access_keys TO {role}"
            ))
            .unwrap();
        let url = format!("{scheme}://{role}@{host}/{name}");
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            let output = Command::new(env!("CARGO_BIN_EXE_deskledger"))
                .args(arguments)
                .current_dir(folder.path())
                .env("DESKLEDGER__DATABASE__URL", &url)
                .output()
                .unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            (output.status.success(), said)
        };
        let export = ["export", "--project", "p1", "--output", "all.xlsx"];
        for (arguments, lacking) in [
            (
                &export[..],
                "to export, the role of the database lacks SELECT on connection_records",
            ),
            (&["retention", "--dry-run"], "to export, the role"),
            (&["check"], "to check the numbers of records, the role"),
            (
                &["check", "--repair"],
                "to repair the numbers of records, the role",
            ),
            (
                &["retention", "--days", "9"],
                "to delete what is too old, the role of the database lacks SELECT on connection_records",
            ),
            (
                &["key", "revoke", "AK"],
                "to make and revoke access keys, the role of the database lacks INSERT on access_keys",
            ),
        ] {
            let (succeeded, said) = run(arguments);
            assert!(
                !succeeded && said.contains(lacking),
                "{arguments:?}: {said}"
            );
        }
        let (succeeded, said) = run(&["key", "list"]);
        assert!(succeeded, "{said}");
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        // Without a right to make partitions either, the schema is up to date.
        let (succeeded, said) = run(&["migrate"]);
        assert!(succeeded, "{said}");
        owner
            .batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
            .unwrap();
    }

    #[test]
    fn the_first_migration_makes_partitions_of_the_months_to_come() {
        let database = TestDatabase::postgres();
        let migrate = || {
            let output = Command::new(env!("CARGO_BIN_EXE_deskledger"))
                .arg("migrate")
                .env("DESKLEDGER__DATABASE__URL", database.url())
                .output()
                .unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let said = migrate();
        let made = "made the partition connection_records_20";
        assert_eq!(said.matches(made).count(), 3, "{said}");
        assert_eq!(migrate(), "the schema is up to date\n");
    }
}
