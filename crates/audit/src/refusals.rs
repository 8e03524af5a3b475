use std::collections::HashMap;
use std::time::{Duration, Instant};

use deskledger_domain::{AuditAction, AuditVia, ExportAudit, ExportOutcome, ProjectId};

/// For how long refusals that are alike are counted together. The first of them has an audit of its own, at once.
const WINDOW: Duration = Duration::from_secs(60);

/// The most kinds of refusals that are counted at once: in all, and of the users of one project, who leave room for those of
/// others; and the most of one user for whom the project that was asked for makes a difference: a client may name as many
/// projects as it likes.
const MOST: usize = 1024;
const MOST_OF_PROJECT: usize = MOST / 8;
const MOST_OF_USER: usize = 32;

/// Refusals that were just written down, and how many came after them that were alike.
///
/// However many requests of a user are refused, there are two audits a minute for each kind of refusal.
#[derive(Default)]
pub(crate) struct Refusals(HashMap<Key, Window>);

/// What makes refusals alike.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    project: ProjectId,
    user: String,
    requested_project: Option<ProjectId>,
    via: AuditVia,
    action: AuditAction,
    error_code: String,
}

struct Window {
    began: Instant,
    counted: Option<CountedRefusals>,
}

/// Refusals that are one audit together.
pub(crate) struct CountedRefusals {
    /// The first of them.
    pub(crate) audit: ExportAudit,
    pub(crate) outcome: ExportOutcome,
    pub(crate) requests: u64,
    /// From the first of them until they are written down.
    pub(crate) duration: Duration,
    first: Instant,
}

/// What is to be done with a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It has an audit of its own.
    Alone,
    /// It is counted, and written down later.
    Counted,
    /// There are too many kinds, of all projects or of this one.
    Full,
}

impl Refusals {
    /// Decides about a refusal at `now`.
    pub(crate) fn admit(
        &mut self,
        audit: &ExportAudit,
        outcome: &ExportOutcome,
        now: Instant,
    ) -> Admission {
        let fields = audit.fields();
        let mut key = Key {
            project: fields.project_id.clone(),
            user: fields.user.clone(),
            requested_project: fields.requested_project_id.clone(),
            via: fields.via,
            action: fields.action,
            error_code: outcome.error_code().unwrap_or_default().to_owned(),
        };
        if !self.0.contains_key(&key) && self.kinds_of_user(&key) >= MOST_OF_USER {
            key.requested_project = None;
        }
        if let Some(window) = self.0.get_mut(&key) {
            let counted = window.counted.get_or_insert_with(|| CountedRefusals {
                audit: audit.clone(),
                outcome: outcome.clone(),
                requests: 0,
                duration: Duration::ZERO,
                first: now,
            });
            counted.requests += 1;
            return Admission::Counted;
        }
        if self.0.len() >= MOST || self.kinds_of_project(&key) >= MOST_OF_PROJECT {
            return Admission::Full;
        }
        let window = Window {
            began: now,
            counted: None,
        };
        self.0.insert(key, window);
        Admission::Alone
    }

    fn kinds_of_project(&self, key: &Key) -> usize {
        let of_project = |other: &&Key| other.project == key.project;
        self.0.keys().filter(of_project).count()
    }

    fn kinds_of_user(&self, key: &Key) -> usize {
        let of_user = |other: &&Key| other.user == key.user && other.project == key.project;
        self.0.keys().filter(of_user).count()
    }

    /// Takes out what was counted for long enough at `now`, or all of it.
    pub(crate) fn take_due(&mut self, now: Instant, all: bool) -> Vec<CountedRefusals> {
        let due = |_: &Key, window: &mut Window| all || now - window.began >= WINDOW;
        let due = self.0.extract_if(due);
        due.filter_map(|(_, window)| window.counted)
            .map(|counted| CountedRefusals {
                duration: now - counted.first,
                ..counted
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{audit, audit_in, audit_of_project};

    fn refused(code: &str) -> ExportOutcome {
        ExportOutcome::Refused {
            error_code: code.to_owned(),
            reason: "full".to_owned(),
        }
    }

    #[test]
    fn the_first_is_written_at_once_and_the_others_together_a_minute_later() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        let full = refused("APIGW.0308");
        assert_eq!(refusals.admit(&audit("ann"), &full, now), Admission::Alone);
        for _ in 0..10_000 {
            let admission = refusals.admit(&audit("ann"), &full, now);
            assert_eq!(admission, Admission::Counted);
        }
        for (user, code) in [("bob", "APIGW.0308"), ("ann", "WKS.00000503")] {
            let admission = refusals.admit(&audit(user), &refused(code), now);
            assert_eq!(admission, Admission::Alone);
        }
        assert!(refusals.take_due(now + WINDOW / 2, false).is_empty());
        let counted = refusals.take_due(now + WINDOW, false);
        assert_eq!(counted.len(), 1);
        assert_eq!(counted[0].requests, 10_000);
        assert_eq!(counted[0].duration, WINDOW);
        assert_eq!(refusals.admit(&audit("ann"), &full, now), Admission::Alone);
    }

    #[test]
    fn a_client_that_names_ever_other_projects_leaves_few_audits() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        let alone = (0..1000).filter(|number| {
            let audit = audit_of_project("ann", &format!("p{number}"));
            let admission = refusals.admit(&audit, &refused("WKS.00000403"), now);
            admission == Admission::Alone
        });
        assert_eq!(alone.count(), MOST_OF_USER + 1);
    }

    /// A refusal of a user whose credentials are for a project.
    fn refuse(refusals: &mut Refusals, project: usize, user: usize, now: Instant) -> Admission {
        let audit = audit_in(&format!("p{project}"), &format!("user-{user}"));
        refusals.admit(&audit, &refused("APIGW.0308"), now)
    }

    #[test]
    fn there_is_an_end_to_the_kinds_that_are_counted() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        for project in 0..MOST / MOST_OF_PROJECT {
            for user in 0..MOST_OF_PROJECT {
                let admission = refuse(&mut refusals, project, user, now);
                assert_eq!(admission, Admission::Alone);
            }
        }
        assert_eq!(refuse(&mut refusals, MOST, 0, now), Admission::Full);
        assert!(refusals.take_due(now, true).is_empty());
        assert_eq!(refuse(&mut refusals, MOST, 0, now), Admission::Alone);
    }

    #[test]
    fn one_project_leaves_room_for_the_refusals_of_others() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        for user in 0..MOST_OF_PROJECT {
            refuse(&mut refusals, 1, user, now);
        }
        for user in MOST_OF_PROJECT..2 * MOST {
            let admission = refuse(&mut refusals, 1, user, now);
            assert_eq!(admission, Admission::Full);
        }
        // What it has goes on being counted, and others are not hindered.
        assert_eq!(refuse(&mut refusals, 1, 0, now), Admission::Counted);
        assert_eq!(refuse(&mut refusals, 2, 0, now), Admission::Alone);
    }
}
