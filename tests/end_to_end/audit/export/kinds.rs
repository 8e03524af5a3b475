//! Every kind of audit that there is: its filter finds it, and it stands in each form and language.

use super::*;

on_both_databases! {
    every_kind_is_found_by_its_filter_and_stands_in_each_form_and_language
}

const ERROR_CODE: &str = "WKS.00001400";

/// An audit for each way, action and outcome, with the credentials in turn.
fn fill_every_kind(database: &Database) -> usize {
    let mut events = Vec::new();
    let mut credentials = CredentialKind::ALL.into_iter().cycle();
    let mut at = time("2020-04-13T02:00:00Z");
    for via in AuditVia::ALL {
        for action in AuditAction::ALL {
            for (outcome, ending) in endings() {
                at += TimeDelta::minutes(1);
                let id = format!("{via}-{action}-{outcome}").replace('_', "-");
                events.push(started(AuditFields {
                    via,
                    action,
                    credential: credentials.next().unwrap(),
                    user: format!("{via} {outcome}"),
                    ..fields(&id, at)
                }));
                events.extend(ending.map(|ending| ended_by(&id, ending)));
            }
        }
    }
    append(database, 1, &events);
    AuditVia::ALL.len() * AuditAction::ALL.len() * AuditOutcome::ALL.len()
}

/// Each outcome with an ending that has it; none for what goes on.
fn endings() -> impl Iterator<Item = (AuditOutcome, Option<ExportOutcome>)> {
    AuditOutcome::ALL.into_iter().map(|outcome| {
        let reason = "=why".to_owned();
        let ending = match outcome {
            AuditOutcome::Running => None,
            AuditOutcome::Done => Some(ExportOutcome::Done),
            AuditOutcome::Refused => Some(ExportOutcome::Refused {
                error_code: ERROR_CODE.to_owned(),
                reason,
            }),
            AuditOutcome::ClientLeft => Some(ExportOutcome::ClientLeft),
            AuditOutcome::ClientSlow => Some(ExportOutcome::ClientSlow),
            AuditOutcome::Cancelled => Some(ExportOutcome::Cancelled),
            AuditOutcome::Failed => Some(ExportOutcome::Failed { reason }),
            AuditOutcome::Interrupted => Some(ExportOutcome::Interrupted),
        };
        (outcome, ending)
    })
}

fn every_kind_is_found_by_its_filter_and_stands_in_each_form_and_language(database: &Database) {
    let service = start(database, |_| {});
    let total = fill_every_kind(database);
    let (vias, actions) = (AuditVia::ALL.len(), AuditAction::ALL.len());
    let outcomes = AuditOutcome::ALL.len();

    let list = audits(&service);
    assert_eq!(list.len(), total);
    let mut queries = Vec::new();
    queries
        .extend(AuditVia::ALL.map(|via| (format!("via={via}"), "via", via.name(), total / vias)));
    queries.extend(AuditAction::ALL.map(|action| {
        (
            format!("action={action}"),
            "action",
            action.name(),
            total / actions,
        )
    }));
    queries.extend(AuditOutcome::ALL.map(|outcome| {
        (
            format!("outcome={outcome}"),
            "outcome",
            outcome.name(),
            total / outcomes,
        )
    }));
    let user = format!("{} {}", AuditVia::List, AuditOutcome::Refused);
    let of_user = total / vias / outcomes;
    let encoded = user.replace(' ', "%20");
    queries.push((format!("user={encoded}"), "user", &user, of_user));
    for (query, field, value, count) in queries {
        let path = list_path(PROJECT, &bounded(&format!("{query}&limit=1000")));
        let answer = service
            .get(&path, &[("X-Auth-Token", &secret("auditor"))])
            .json();
        assert_eq!(answer["total_count"], count, "{query}");
        let listed = answer["audits"].as_array().unwrap();
        assert!(listed.iter().all(|audit| audit[field] == value), "{query}");
        let exported = json_rows(&export(&service, &format!("{query}&format=jsonl")).body);
        assert_eq!(&exported, listed, "{query}");
    }

    // In CSV the codes are the same in every language, since the filters take them; a workbook has words.
    for language in Language::ALL {
        let query = format!("language={language}&time_zone=Asia/Tokyo");
        let sheet = sheets(&export(&service, &query).body).remove(0);
        let csv = export(&service, &format!("{query}&format=csv"));
        let (header, rows) = csv_rows_of(&csv.body, AuditColumn::ALL.map(AuditColumn::kind));
        assert_eq!(sheet.header, header, "{language}");
        for (column, field, kinds) in [
            (AuditColumn::Action, "action", Some(actions)),
            (AuditColumn::Via, "via", Some(vias)),
            (AuditColumn::Outcome, "outcome", Some(outcomes)),
            (AuditColumn::Credential, "credential", None),
            (AuditColumn::User, "user", None),
        ] {
            let name = column.header(language, Tz::Asia__Tokyo);
            let at = header.iter().position(|header| *header == name).unwrap();
            let codes: Vec<_> = rows.iter().map(|row| text_of(&row[at])).collect();
            let expected: Vec<_> = list
                .iter()
                .map(|audit| audit[field].as_str().unwrap())
                .collect();
            assert_eq!(codes, expected, "{language} {field}");
            let read = sheet.texts(&name);
            match kinds {
                None => assert_eq!(read, codes, "{language} {field}"),
                Some(kinds) => {
                    let words: BTreeMap<_, _> = codes.iter().zip(&read).collect();
                    let different: std::collections::BTreeSet<_> = words.values().collect();
                    assert_eq!(different.len(), kinds, "{language} {field}");
                    assert!(words.iter().all(|(code, word)| **code != word.as_str()));
                    assert!(
                        codes
                            .iter()
                            .zip(&read)
                            .all(|(code, word)| words[code] == word)
                    );
                }
            }
        }
    }
}
