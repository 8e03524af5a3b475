use std::io::Write as _;

use super::*;

fn with_environment(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let environment = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string()));
    Settings::from_sources(None, &environment.collect())
}

fn with_file(text: &str) -> Result<Settings, SettingsError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    Settings::from_sources(Some(file.path()), &Map::new())
}

#[test]
fn the_defaults_are_valid() {
    let settings = Settings::defaults().unwrap();
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        settings.access.policy().unwrap(),
        deskledger_domain::Policy::default()
    );
}

#[test]
fn the_example_for_production_is_valid() {
    with_file(include_str!("../../../config/production.toml")).unwrap();
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"[limits]\nexports = 7\nqueue_length = 5\n")
        .unwrap();
    let environment = [("DESKLEDGER__LIMITS__EXPORTS".into(), "9".into())].into();
    let settings = Settings::from_sources(Some(file.path()), &environment).unwrap();
    assert_eq!(settings.limits.exports, 9);
    assert_eq!(settings.limits.queue_length, 5);
    assert_eq!(settings.limits.queue_seconds, 10);
}

#[test]
fn a_key_that_does_not_exist_is_refused_by_its_name() {
    for refused in [
        with_environment(&[("DESKLEDGER__DATABASE__URI", "x")]),
        with_file("[database]\nuri = 'x'\n"),
        with_file("[datebase]\nurl = 'x'\n"),
        with_file("[[identity.tokens]]\ntoken = 'x'\n"),
    ] {
        let message = refused.unwrap_err().to_string();
        let named = ["uri", "datebase", "token"];
        assert!(named.iter().any(|name| message.contains(name)), "{message}");
    }
}

/// Files, and the beginning of why each is refused.
const NOT_ALLOWED: &[(&str, &str)] = &[
    ("[limits]\nexports = 0", "limits.exports"),
    ("[limits]\nurl_bytes = 1", "limits.url_bytes"),
    ("[limits]\nurl_bytes = 65535", "limits.url_bytes"),
    ("[limits]\nheader_bytes = 10", "limits.header_bytes"),
    ("[limits]\nheader_bytes = 131073", "limits.header_bytes"),
    ("[limits]\nbody_bytes = 0", "limits.body_bytes"),
    ("[limits]\nresponse_bytes = 0", "limits.response_bytes"),
    (
        "[limits]\nrecord_body_bytes = 0",
        "limits.record_body_bytes",
    ),
    (
        "[limits]\nrecord_held_bytes = 0",
        "limits.record_held_bytes",
    ),
    (
        "[server]\nadmin_listen = '127.0.0.1:8080'",
        "server.admin_listen: must be another address or port than server.listen",
    ),
    (
        "[server]\nadmin_listen = ''",
        "server.admin_listen: must be an IP address and a port",
    ),
    (
        "[database]\nread_url = 'mysql://h/d'",
        "database.read_url: must begin with postgres:// or postgresql://",
    ),
    (
        "[database]\napplication_name = ''",
        "database.application_name: must have 1 to 63 characters",
    ),
    (
        "[database]\napplication_name = 'Verwaltung für Berlin'",
        "database.application_name",
    ),
    (
        "[tasks]\nstorage = 's3://b'\n[tasks.s3]\nendpoint = 'https://'\naccess_key_id = 'a'\nsecret_access_key = 's'",
        "tasks.s3.endpoint",
    ),
    ("[tasks.s3]\nendpoint = 'https://h h'", "tasks.s3.endpoint"),
    ("[tasks]\nstorage = 's3://a b'", "tasks.storage"),
    (
        "[tasks]\nstorage = 's3://b'\n[tasks.s3]\nregion = 'no such'\naccess_key_id = 'a'\nsecret_access_key = 's'",
        "tasks.s3.region",
    ),
    (
        "[logging]\nlevel = 'info,[x'",
        "logging.level: \"info,[x\" is not a filter",
    ),
    ("[limits]\nexports = 'many'", "limits.exports"),
    ("[limits]\nqueries = 0", "limits.queries"),
    (
        "[limits]\nexports_per_project = 0",
        "limits.exports_per_project",
    ),
    ("[limits]\nrecordings = 0", "limits.recordings"),
    ("[limits]\nrecord_batch = 0", "limits.record_batch"),
    ("[limits]\nrecord_array = 0", "limits.record_array"),
    (
        "[limits]\nslow_body_seconds = 0",
        "limits.slow_body_seconds",
    ),
    ("[tasks]\nlease_seconds = 0", "tasks.lease_seconds"),
    ("[tasks]\nstorage = 'ftp://h'", "tasks.storage"),
    ("[tasks]\nstorage = 's3://bucket'", "tasks.s3.access_key_id"),
    ("[server]\nlisten = 'everywhere'", "server.listen"),
    ("[logging]\nformat = 'xml'", "logging.format"),
    ("[audit]\nlists = 'some'", "audit.lists"),
    ("[logging]\nlevel = 'a=b=c'", "logging.level"),
    ("[logging]\nlevel = 'verbose'", "logging.level"),
    ("[logging]\nlevel = ''", "logging.level"),
    ("[logging]\nlevel = 'info,'", "logging.level"),
    ("[logging]\nlevel = ' '", "logging.level"),
    ("[logging]\nlevel = 'info,a=loud'", "logging.level"),
    (
        "[access.roles]\nte_admin = ['everything']",
        "access.roles.te_admin",
    ),
    (
        "[[access.messages.keys]]\nid = 'a'\nkey = 'hunter2'",
        "access.messages.keys[0].key",
    ),
    (
        "[identity.iam]\nurl = 'https://iam.example.com/v3'",
        "identity.iam.url",
    ),
    (
        "[[identity.tokens]]\nsha256 = 'abc'\nuser = 'a'\nproject_id = 'p'\nroles = []",
        "identity.tokens[0].sha256",
    ),
    (
        "[[identity.tokens]]\nsha256 = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae'\nuser = 'a'\nproject_id = ''\nroles = []",
        "identity.tokens[0].project_id",
    ),
    (
        "[[identity.access_keys]]\nid = 'a'\nsecret = 's'\nuser = ''\nproject_id = 'p'\nroles = []",
        "identity.access_keys[0].user",
    ),
    (
        "[[identity.access_keys]]\nid = 'a, b'\nsecret = 's'\nuser = 'a'\nproject_id = 'p'\nroles = []",
        "identity.access_keys[0].id",
    ),
    (
        "[[identity.access_keys]]\nid = 'a'\nsecret = ''\nuser = 'a'\nproject_id = 'p'\nroles = []",
        "identity.access_keys[0].secret",
    ),
    (
        "[[identity.sealing_keys]]\nid = 'a'\nkey = 'hunter2'",
        "identity.sealing_keys[0].key",
    ),
];

#[test]
fn a_value_that_is_not_allowed_is_refused_by_the_name_of_its_key() {
    for (file, key) in NOT_ALLOWED {
        let message = with_file(file).unwrap_err().to_string();
        assert!(message.contains(key), "{key}: {message}");
    }
}

#[test]
fn a_value_of_another_kind_is_refused_and_none_is_converted() {
    for (file, reason) in [
        (
            "[server]\nworkers = 1.5",
            "server.workers must be a whole number, and is 1.5",
        ),
        (
            "[server]\nworkers = true",
            "server.workers must be a whole number, and is true",
        ),
        (
            "[server]\nworkers = '4'",
            "server.workers must be a whole number, and is a text",
        ),
        (
            "[server]\nworkers = -1",
            "server.workers must be 0 to 512, and is -1",
        ),
        (
            "[server]\nworkers = 100000",
            "server.workers must be 0 to 512, and is 100000",
        ),
        (
            "[server]\nexplorer = 2",
            "server.explorer must be true or false, and is 2",
        ),
        (
            "[server]\nlisten = 8080",
            "server.listen must be a text in quotes, and is 8080",
        ),
        (
            "[limits]\nqueue_seconds = 9223372036854775807",
            "limits.queue_seconds must be 0 to ",
        ),
        (
            "[limits]\nexports = [1]",
            "limits.exports must be a whole number, and is a list",
        ),
        (
            "[retention]\ndays = 1.5",
            "retention.days must be a whole number, and is 1.5",
        ),
        ("[identity]\ntokens = 'x'", "identity.tokens must be a list"),
    ] {
        let message = with_file(file).unwrap_err().to_string();
        assert!(
            message.contains(&format!(", line 2: {reason}")),
            "{message}"
        );
    }
    let message = with_file("limits = 3").unwrap_err().to_string();
    assert!(
        message.contains(", line 1: limits must be a section, and is 3"),
        "{message}"
    );
    let message = with_file("\n\nnonsense").unwrap_err().to_string();
    assert!(message.contains(", line 3: "), "{message}");
    for (text, reason) in [
        (
            "1.5",
            "limits.exports must be a whole number, and is \"1.5\"",
        ),
        ("", "limits.exports must be a whole number, and is \"\""),
        ("0", "limits.exports must be 1 to 10000, and is 0"),
        (
            "99999999999999999999",
            "limits.exports must be 1 to 10000, and is 99999999999999999999",
        ),
    ] {
        let refused = with_environment(&[("DESKLEDGER__LIMITS__EXPORTS", text)]);
        let expected = format!("DESKLEDGER__LIMITS__EXPORTS in the environment: {reason}");
        assert_eq!(refused.unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_text_of_the_environment_that_looks_like_a_number_stays_as_it_is() {
    let settings = with_environment(&[("DESKLEDGER__DATABASE__APPLICATION_NAME", "007")]).unwrap();
    assert_eq!(settings.database.application_name, "007");
}

#[test]
fn a_variable_with_one_underscore_is_refused_where_it_was_meant_for_a_key() {
    let refused = with_environment(&[("DESKLEDGER_DATABASE_URL", "sqlite://x")]);
    let message = refused.unwrap_err().to_string();
    assert!(
        message.ends_with("as in DESKLEDGER__DATABASE__URL"),
        "{message}"
    );
    with_environment(&[("DESKLEDGER_TEST_POSTGRES", "x")]).unwrap();
}

#[test]
fn a_key_of_the_environment_that_does_not_exist_is_answered_with_those_that_do() {
    for (name, expected) in [
        (
            "DATA__URL",
            "data.url: the sections are access, audit, console, database, ",
        ),
        ("URL", "url: the sections are access, "),
        (
            "DATABASE__URI",
            "database.uri: the keys of database are application_name, ",
        ),
        (
            "DATABASE__URL__X",
            "database.url.x: the keys of database are application_name, ",
        ),
        (
            "TASKS__S4__REGION",
            "tasks.s4.region: the keys of tasks are at_once, ",
        ),
    ] {
        let name = format!("DESKLEDGER__{name}");
        let message = with_environment(&[(&name, "x")]).unwrap_err().to_string();
        let expected = format!("{name} in the environment: there is no setting {expected}");
        assert!(message.starts_with(&expected), "{message}");
    }
    for (name, expected) in [
        (
            "ACCESS__ROLES__X",
            "the keys of access.roles are names of the operator's own",
        ),
        (
            "IDENTITY__TOKENS",
            "identity.tokens is a list, which the environment cannot hold",
        ),
        (
            "DATABASE",
            "database is a section, which has no value of its own",
        ),
    ] {
        let name = format!("DESKLEDGER__{name}");
        let message = with_environment(&[(&name, "x")]).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_setting_is_named_with_what_set_it() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"[database]\n\nurl = 'sqlite://a'\n")
        .unwrap();
    let key = "database.url";
    let settings = Settings::from_sources(Some(file.path()), &Map::new()).unwrap();
    let expected = format!("{}, line 3: database.url", file.path().display());
    assert_eq!(settings.origin(key), expected);
    let environment = [("DESKLEDGER__DATABASE__URL".into(), "sqlite://s3cret".into())].into();
    let settings = Settings::from_sources(Some(file.path()), &environment).unwrap();
    let expected = "DESKLEDGER__DATABASE__URL in the environment: database.url";
    assert_eq!(settings.origin(key), expected);
    assert!(!format!("{settings:?}").contains("s3cret"));
    assert_eq!(Settings::defaults().unwrap().origin(key), key);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    for path in ["/nowhere/deskledger.toml", "/"] {
        let refused = Settings::from_sources(Some(Path::new(path)), &Map::new());
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(path), "{message}");
    }
}

#[test]
fn no_message_speaks_of_types_of_rust() {
    for file in [
        "[logging]\nformat = 'xml'",
        "[server]\nlisten = 'everywhere'",
        "[identity]\ntokens = [{ sha256 = 1 }]",
        "[identity]\ntokens = [{ sha256 = 'x' }]",
        "[access.roles]\nx = 'y'",
        "[[identity.tokens]]\nsha256 = 'x'\nuser = 'x'\nproject_id = 'x'\nroles = 'x'",
        "[logging]\nlevel = 'verbose'",
    ] {
        let message = with_file(file).unwrap_err().to_string();
        for word in [
            "enum",
            "struct",
            "variant",
            "sequence",
            "u32",
            "i64",
            "bit integer",
        ] {
            assert!(!message.contains(word), "{message}");
        }
    }
}

#[test]
fn a_password_is_never_shown() {
    let settings =
        with_environment(&[("DESKLEDGER__DATABASE__URL", "postgres://u:hunter2@h/d")]).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn a_secret_is_never_shown() {
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let settings = with_file(&format!(
        "[[identity.sealing_keys]]\nid = 'a'\nkey = '{key}'\n[[identity.access_keys]]\nid = 'a'\n\
         secret = 'hunter2'\nuser = 'a'\nproject_id = 'p'\nroles = []"
    ))
    .unwrap();
    let shown = format!("{settings:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains(key),
        "{shown}"
    );
}
