use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use deskledger_domain::ProjectId;

use crate::client::lock;

/// The most callers that wait for what they asked to be written down: in all, and of one project, who leave room for those of
/// others. Where the database does not answer they would pile up.
const MOST: usize = 4096;
const MOST_OF_PROJECT: usize = MOST / 4;

/// How many callers wait for what they asked to be written down, by their projects.
#[derive(Clone, Default)]
pub(crate) struct Waiting(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    all: usize,
    of_project: HashMap<ProjectId, usize>,
}

impl Waiting {
    /// Counts one more caller of a project; `None` where too many wait already.
    pub(crate) fn enter(&self, project: &ProjectId) -> Option<Waits> {
        let mut counts = lock(&self.0);
        let own = counts.of_project.get(project).copied().unwrap_or_default();
        if counts.all >= MOST || own >= MOST_OF_PROJECT {
            return None;
        }
        counts.all += 1;
        counts.of_project.insert(project.clone(), own + 1);
        Some(Waits {
            waiting: self.clone(),
            project: project.clone(),
        })
    }
}

/// A command that somebody waits for, counted until it is written or given up. Those that nobody waits for need no bound:
/// there is one for each export that was begun.
pub(crate) struct Waits {
    waiting: Waiting,
    project: ProjectId,
}

impl Drop for Waits {
    fn drop(&mut self) {
        let mut counts = lock(&self.waiting.0);
        counts.all = counts.all.saturating_sub(1);
        if let Some(own) = counts.of_project.get_mut(&self.project) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                counts.of_project.remove(&self.project);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_project_leaves_room_for_the_audits_of_others() {
        let waiting = Waiting::default();
        let [large, small] = ["large", "small"].map(|id| ProjectId::new(id).unwrap());
        let mut waits: Vec<_> = (0..2 * MOST).map_while(|_| waiting.enter(&large)).collect();
        assert_eq!(waits.len(), MOST_OF_PROJECT);
        assert!(waiting.enter(&small).is_some());
        waits.pop();
        assert!(waiting.enter(&large).is_some());
        drop(waits);
        let counts = lock(&waiting.0);
        assert!(counts.all == 0 && counts.of_project.is_empty());
    }

    #[test]
    fn there_is_an_end_to_what_waits() {
        let waiting = Waiting::default();
        let mut waits = Vec::new();
        for number in 0..MOST {
            let project = ProjectId::new(format!("p{number}")).unwrap();
            waits.push(waiting.enter(&project).unwrap());
        }
        assert!(waiting.enter(&ProjectId::new("p0").unwrap()).is_none());
    }
}
