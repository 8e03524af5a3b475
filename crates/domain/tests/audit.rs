//! What an audit keeps, and how its list is asked for.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use deskledger_domain::{
    Action, AuditAction, AuditFields, AuditFilter, AuditId, AuditQuery, AuditVia, AuditedQuery,
    CredentialKind, ExportAudit, ExportEnding, ExportFormat, ExportOutcome, ExportProgress,
    ExportQuery, InvalidAudit, InvalidFilter, Parameter, Policy, Principal, ProjectId,
    ProjectScope, parse_time,
};
use proptest::prelude::*;

fn scope() -> ProjectScope {
    let project = ProjectId::new("p1").unwrap();
    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    Policy::default()
        .authorize(&principal, Action::ListExportAudits, &project)
        .unwrap()
}

fn filter(pairs: &[(&str, &str)]) -> Result<AuditFilter, InvalidFilter> {
    AuditQuery::from_pairs(pairs.iter().copied())?.into_filter(scope())
}

fn fields() -> AuditFields {
    AuditFields {
        id: AuditId::new("a-1").unwrap(),
        via: AuditVia::Export,
        action: AuditAction::Read,
        task_ids: Vec::new(),
        project_id: ProjectId::new("p1").unwrap(),
        requested_project_id: None,
        user: "ann".into(),
        credential: CredentialKind::Token,
        peer_address: None,
        forwarded_for: None,
        request_id: "r1".into(),
        query: AuditedQuery::of_pairs::<&str, &str>([], ExportFormat::default()),
        started_at: parse_time("2020-05-01T08:00:00.0000019Z").unwrap(),
    }
}

#[test]
fn an_identifier_is_short_and_plain() {
    for id in ["a", "4f3c-9", &"x".repeat(64)] {
        assert_eq!(AuditId::new(id).unwrap().as_str(), id);
    }
    for id in ["", "a b", "a\0", "é", &"x".repeat(65)] {
        assert!(AuditId::new(id).is_err(), "{id}");
    }
}

#[test]
fn no_text_that_cannot_be_stored_is_taken() {
    let nul = || "a\0b".to_owned();
    for (field, changed) in [
        (
            "user",
            AuditFields {
                user: nul(),
                ..fields()
            },
        ),
        (
            "request_id",
            AuditFields {
                request_id: nul(),
                ..fields()
            },
        ),
        (
            "forwarded_for",
            AuditFields {
                forwarded_for: Some(nul()),
                ..fields()
            },
        ),
    ] {
        let refused = ExportAudit::new(changed).unwrap_err();
        assert_eq!(refused, InvalidAudit::ForbiddenCharacter { field });
    }
}

#[test]
fn times_are_whole_microseconds_and_durations_whole_milliseconds() {
    let audit = ExportAudit::new(fields()).unwrap();
    assert_eq!(
        Some(audit.fields().started_at),
        parse_time("2020-05-01T08:00:00.000001Z").ok()
    );
    let progress = ExportProgress {
        duration: Duration::from_micros(1999),
        ..ExportProgress::default()
    };
    let ending = ExportEnding::new(fields().started_at, ExportOutcome::Done, progress);
    assert_eq!(
        ending.progress().unwrap().duration,
        Duration::from_millis(1)
    );
}

#[test]
fn how_far_an_interrupted_export_came_is_not_known() {
    let at = fields().started_at;
    let known = ExportEnding::new(at, ExportOutcome::Interrupted, ExportProgress::default());
    assert_eq!(known, ExportEnding::interrupted(at));
    assert_eq!(known.progress(), None);
}

#[test]
fn an_outcome_is_read_back_from_its_parts() {
    let text = |text: &str| text.to_owned();
    for outcome in [
        ExportOutcome::Done,
        ExportOutcome::Refused {
            error_code: text("c"),
            reason: text("r"),
        },
        ExportOutcome::ClientLeft,
        ExportOutcome::ClientSlow,
        ExportOutcome::ClientSlowWhileOthersWaited,
        ExportOutcome::Cancelled,
        ExportOutcome::Failed { reason: text("r") },
        ExportOutcome::Interrupted,
    ] {
        let code = outcome.error_code().map(str::to_owned);
        let reason = outcome.reason().map(str::to_owned);
        let again = ExportOutcome::from_parts(outcome.name(), code, reason);
        assert_eq!(again, Ok(outcome));
    }
    for name in ["refused", "failed", "running", ""] {
        assert!(ExportOutcome::from_parts(name, None, None).is_err());
    }
}

#[test]
fn a_request_with_mistakes_is_audited_by_what_of_it_is_valid() {
    let long = "x".repeat(256);
    let query = AuditedQuery::of_pairs(
        [
            ("user_name", "jy01"),
            ("password", "secret"),
            ("user_name", "jy02"),
            ("computer_name", "a\0b"),
            ("terminal_type", &long),
            ("language", "fr_FR"),
            ("limit", "5"),
        ],
        ExportFormat::Csv,
    );
    for (parameter, value) in [
        (Parameter::UserName, Some("jy01")),
        (Parameter::ComputerName, None),
        (Parameter::TerminalType, None),
        (Parameter::Language, Some("fr_FR")),
        (Parameter::TimeZone, Some("UTC")),
        (Parameter::Format, Some("csv")),
        (Parameter::Limit, None),
    ] {
        assert_eq!(query.value(parameter), value, "{parameter}");
    }
    assert!(!format!("{query:?}").contains("secret"));
}

#[test]
fn a_list_begins_with_the_newest_twenty() {
    let all = filter(&[]).unwrap();
    assert_eq!((all.offset(), all.limit()), (0, 20));
    assert_eq!((all.time().start(), all.time().end()), (None, None));
    assert_eq!(all.project_id().as_str(), "p1");
}

#[test]
fn each_number_of_a_list_has_its_bounds() {
    for (name, most) in [("limit", 1000_u32), ("offset", 2_147_483_647)] {
        for good in [0, 1, most] {
            let filter = filter(&[(name, &good.to_string())]).unwrap();
            let read = if name == "limit" {
                filter.limit()
            } else {
                filter.offset()
            };
            assert_eq!(read, good);
        }
        let above = (u64::from(most) + 1).to_string();
        for wrong in [
            above.as_str(),
            "-1",
            "+1",
            "1.0",
            " 1",
            "ten",
            "99999999999999999999",
        ] {
            let message = filter(&[(name, wrong)]).unwrap_err().to_string();
            let expected = format!("{name} is \"{wrong}\", not a whole number from 0 to {most}");
            assert_eq!(message, expected);
        }
    }
}

#[test]
fn a_list_refuses_what_an_export_alone_knows() {
    assert_eq!(
        filter(&[("user_name", "x")]).unwrap_err().to_string(),
        "unknown parameter \"user_name\": the parameters are start_time, end_time, user, action, via, outcome, offset, limit"
    );
    assert!(filter(&[("end_time", "2020-04-30T02:20Z")]).is_err());
}

proptest! {
    #[test]
    fn a_request_without_mistakes_is_audited_whole(
        pairs in prop::sample::subsequence(&ExportQuery::PARAMETERS[..], 0..=9),
        value in "\\PC{0,255}",
    ) {
        let pairs: Vec<_> = pairs.iter().map(|parameter| (parameter.name(), value.as_str())).collect();
        let asked = ExportQuery::from_pairs(pairs.iter().copied()).unwrap();
        let audited = AuditedQuery::of_pairs(pairs, ExportFormat::default());
        for parameter in ExportQuery::PARAMETERS {
            let default = match parameter {
                Parameter::Language => Some("en_US"),
                Parameter::TimeZone => Some("UTC"),
                Parameter::Format => Some("xlsx"),
                _ => None,
            };
            prop_assert_eq!(audited.value(parameter), asked.value(parameter).or(default));
        }
    }
}
