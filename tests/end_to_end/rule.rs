//! The rules of `contract.md` §1 that let a request through, over HTTP.

use deskledger_domain::Column;
use deskledger_tests::{
    Cell, Database, PROJECT, Service, TOKEN, on_both_databases, percent_encode, secret, sheets,
    token,
};

use crate::record::{bare, time};

on_both_databases! {
    every_accepted_spelling_finds_the_rows_it_should
    an_answer_carries_the_promised_headers
    an_export_without_rows_is_a_workbook_with_a_header
    attackers_text_stays_text
    a_project_is_any_text_of_its_characters
}

fn fill(database: &Database) {
    let named = |id: &str, start: &str, user: &str, computer: &str, terminal: &str| {
        let mut fields = bare(id, start);
        fields.user_name = Some(user.into());
        fields.computer_name = Some(computer.into());
        fields.terminal_type = Some(terminal.into());
        fields
    };
    database.fill(
        PROJECT,
        [
            named(
                "1",
                "2020-04-13T01:59:00Z",
                "jy01@local.com",
                "JY011",
                "Windows 10 ",
            ),
            named("2", "2020-04-13T01:59:30.5Z", "Zoë Ünal", "ПК-7", "Linux"),
            named("3", "2020-04-13T02:00:00Z", "王芳", "办公室-3", "macOS"),
        ],
    );
}

fn every_accepted_spelling_finds_the_rows_it_should(database: &Database) {
    fill(database);
    let service = Service::start(database);
    for (query, rows) in [
        ("", &["3", "2", "1"][..]),
        // Times: minutes, seconds, fractions, offsets, also with the `+` that a URL turns into a blank.
        ("start_time=2020-04-13T01:59Z", &["3", "2", "1"]),
        ("start_time=2020-04-13T01:59:00.000001Z", &["3", "2"]),
        (
            "start_time=2020-04-13T01:59:30.5Z&end_time=2020-04-13T02:00Z",
            &["2"],
        ),
        (
            "start_time=2020-04-13T09:59%2B08:00&end_time=2020-04-13T09:59:30%2B08:00",
            &["1"],
        ),
        (
            "start_time=2020-04-13T09:59+08:00&end_time=2020-04-13T09:59:30+08:00",
            &["1"],
        ),
        ("start_time=2020-04-12T21:59:31-04:00", &["3"]),
        ("start_time=2020-04-13T01%3A59Z", &["3", "2", "1"]),
        // The range is half open.
        (
            "start_time=2020-04-13T01:59Z&end_time=2020-04-13T02:00Z",
            &["2", "1"],
        ),
        ("start_time=2020-04-13T02:00Z", &["3"]),
        // Names: whole, in any case, in any script.
        ("user_name=JY01@LOCAL.COM", &["1"]),
        ("user_name=jy01", &[]),
        ("user_name=jy01@local.com%20", &[]),
        ("user_name=%25", &[]),
        ("user_name=zo%C3%8B%20%C3%BCNAL", &["2"]),
        ("user_name=zo%C3%8B+%C3%BCNAL", &["2"]),
        ("user_name=%E7%8E%8B%E8%8A%B3", &["3"]),
        ("computer_name=%D0%BF%D0%BA-7", &["2"]),
        ("terminal_type=windows%2010", &["1"]),
        ("terminal_type=%20WINDOWS%2010%20%20", &["1"]),
        ("terminal_type=windows", &[]),
        (
            "user_name=jy01@local.com&computer_name=jy011&terminal_type=windows+10",
            &["1"],
        ),
        ("user_name=jy01@local.com&computer_name=jy012", &[]),
        // An empty value is an absent one, and so is an empty pair.
        (
            "user_name=&computer_name=&terminal_type=&start_time=&end_time=",
            &["3", "2", "1"],
        ),
        ("language=&time_zone", &["3", "2", "1"]),
        ("&&user_name=jy01@local.com&", &["1"]),
        ("language=en_US&time_zone=UTC", &["3", "2", "1"]),
    ] {
        let answer = service.export(query);
        assert_eq!(
            answer.status,
            200,
            "{query}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        assert_eq!(
            sheets(&answer.body)[0].texts("Transaction ID"),
            rows,
            "{query}"
        );
    }
}

fn an_answer_carries_the_promised_headers(database: &Database) {
    fill(database);
    let service = Service::start(database);
    let answer = service.get(
        &Service::export_path("language=zh_CN"),
        &[
            ("X-Auth-Token", TOKEN),
            ("Content-Type", "application/json"),
            ("X-Request-Id", "from-the-client.1"),
        ],
    );
    assert_eq!(answer.status, 200);
    for (name, value) in [
        (
            "content-type",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("cache-control", "no-store"),
        ("x-request-id", "from-the-client.1"),
        ("content-length", &answer.body.len().to_string()),
        (
            "content-disposition",
            "attachment; filename=\"desktop-connections-20200501T080000Z.xlsx\"; \
             filename*=UTF-8''%E6%A1%8C%E9%9D%A2%E8%BF%9E%E6%8E%A5%E8%AE%B0%E5%BD%95%2D20200501T080000Z.xlsx",
        ),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let again = service.export("language=zh_CN");
    assert!(
        again.body == answer.body,
        "the same records at the same time make another file"
    );
}

fn an_export_without_rows_is_a_workbook_with_a_header(database: &Database) {
    let answer = Service::start(database).export("");
    assert_eq!(answer.status, 200);
    let sheet = &sheets(&answer.body)[0];
    assert_eq!(sheet.header.len(), Column::ALL.len());
    assert!(sheet.rows.is_empty());
}

fn attackers_text_stays_text(database: &Database) {
    let texts = [
        "=cmd|'/c calc'!A1",
        "+1+1",
        "-2",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "http://evil.example/",
        "<b>&amp;\"'",
        "a\u{1}b\u{b}c",
        "_x000D_",
        "\u{202e}gpj.exe",
        "  blanks  ",
        "1e5",
        "TRUE",
    ];
    database.fill(
        PROJECT,
        texts.iter().enumerate().map(|(number, text)| {
            let mut fields = bare(&format!("{number:02}"), "2020-04-13T02:00Z");
            fields.user_name = Some((*text).to_owned());
            fields
        }),
    );
    let answer = Service::start(database).export("");
    let mut found = sheets(&answer.body)[0].texts("Username");
    found.reverse();
    assert_eq!(found, texts);
}

fn a_project_is_any_text_of_its_characters(database: &Database) {
    let project = "项目 1/2 'x'; DROP TABLE connection_records --%";
    database.fill(project, [bare("1", "2020-04-13T02:00Z")]);
    database.fill("项目 1", [bare("2", "2020-04-13T02:00Z")]);
    let service = Service::start_with(database, |settings| {
        settings
            .identity
            .tokens
            .push(token(&secret("other"), project, &["te_admin"]));
    });
    let path = percent_encode(project);
    let answer = service.get(
        &format!("/v2/{path}/connections/desktops/export"),
        &[("X-Auth-Token", &secret("other"))],
    );
    assert_eq!(answer.status, 200);
    let sheet = &sheets(&answer.body)[0];
    assert_eq!(sheet.texts("Transaction ID"), ["1"]);
    let start = Cell::Time(time("2020-04-13T02:00Z").naive_utc());
    assert_eq!(sheet.rows[0][6], start);
}
