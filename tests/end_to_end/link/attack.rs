//! Strangers who guess, and what a link tells of its secret.

use std::collections::BTreeMap;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskledger_tests::{Database, PROJECT, SECRET_MARK, Service, on_both_databases};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{assert_nowhere, follow, links_path, made};
use crate::record::bare;

on_both_databases! {
    a_thousand_guesses_find_nothing_and_keep_nobody_out
    what_is_no_secret_is_answered_as_what_is_no_path
    the_database_holds_no_secret
}

fn guesses(seed: u64, number: usize) -> Vec<String> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..number)
        .map(|_| {
            let mut bytes = [0; 32];
            random.fill_bytes(&mut bytes);
            format!("/v2/exports/{}", URL_SAFE_NO_PAD.encode(bytes))
        })
        .collect()
}

fn a_thousand_guesses_find_nothing_and_keep_nobody_out(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start(database);
    let link = made(&service, "");
    let statuses = thread::scope(|scope| {
        let guessers: Vec<_> = (0..4)
            .map(|seed| {
                let service = &service;
                scope.spawn(move || {
                    let paths = guesses(seed, 250);
                    let answers = paths.iter().map(|path| service.get(path, &[]));
                    let answers: Vec<_> = answers.collect();
                    for answer in &answers {
                        assert_eq!(answer.header("retry-after").is_some(), answer.status == 429);
                    }
                    answers
                })
            })
            .collect();
        let mut statuses = BTreeMap::<_, Vec<_>>::new();
        for guesser in guessers {
            for answer in guesser.join().unwrap() {
                statuses.entry(answer.status).or_default().push(answer.body);
            }
        }
        statuses
    });
    let counted: Vec<_> = statuses
        .iter()
        .map(|(status, of)| (*status, of.len()))
        .collect();
    assert_eq!(counted, [(404, 20), (429, 980)]);
    for bodies in statuses.values() {
        assert!(
            bodies.iter().all(|body| *body == bodies[0]),
            "they tell one from another"
        );
    }
    // Who has the secret is let in, also from the address of those who guess.
    assert_eq!(follow(&service, &link).status, 200);
    assert_eq!(follow(&service, &link).status, 429);
}

fn what_is_no_secret_is_answered_as_what_is_no_path(database: &Database) {
    let service = Service::start(database);
    let link = made(&service, "");
    let secret = link.url["/v2/exports/".len()..].to_owned();
    for wrong in [
        "A",
        &secret[1..],
        &format!("{secret}="),
        &format!("{secret}A"),
        &format!("{secret}%00"),
        &secret.replace(|_| true, "%41"),
        SECRET_MARK,
    ] {
        let answer = service.get(&format!("/v2/exports/{wrong}"), &[]);
        assert_eq!(answer.status, 404, "{wrong}");
        assert_eq!(answer.error().0, "APIGW.0101", "{wrong}");
    }
    // The last character stands for four bits: no other text is the same secret.
    let last = URL_SAFE_NO_PAD.decode(&secret).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(last), secret);
    for path in [
        links_path(PROJECT),
        format!("{}/{}", links_path(PROJECT), link.id),
    ] {
        let shown = service.get(&path, &super::auth(deskledger_tests::TOKEN));
        assert!(!String::from_utf8_lossy(&shown.body).contains(&secret));
    }
    let unknown = service.get(&format!("/v2/exports/{}", "A".repeat(43)), &[]);
    assert_nowhere(&unknown);
    assert_eq!(follow(&service, &link).status, 200);
}

fn the_database_holds_no_secret(database: &Database) {
    let service = Service::start(database);
    let link = made(&service, "");
    let secret = &link.url["/v2/exports/".len()..];
    let text = match database.url().strip_prefix("sqlite://") {
        Some(file) => [file.to_owned(), format!("{file}-wal")]
            .iter()
            .filter_map(|file| std::fs::read(file).ok())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect::<String>(),
        None => rows(database),
    };
    assert!(text.contains(&link.id));
    assert!(!text.contains(secret));
}

/// The rows of the table, as PostgreSQL writes them.
fn rows(database: &Database) -> String {
    use diesel::prelude::*;

    let mut connection = diesel::PgConnection::establish(database.url()).unwrap();
    diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(
        "(SELECT string_agg(export_links::text, ' ') FROM export_links)",
    ))
    .get_result(&mut connection)
    .unwrap()
}
