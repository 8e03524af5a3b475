//! Who runs, who waits and who is next: without time, threads or requests.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use deskledger_domain::ProjectId;

/// How much may run and wait, in all and for each project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// How many may run in this process.
    pub(crate) running: usize,
    /// How many may run for one project.
    pub(crate) running_per_project: usize,
    /// How many may wait in this process.
    pub(crate) waiting: usize,
    /// How many may wait for one project.
    pub(crate) waiting_per_project: usize,
}

/// Whose bound a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The project has as many as it may.
    Project,
    /// The process has as many as it may.
    Process,
}

/// What wakes a waiter, by the number of its ticket.
pub(super) type Ticket = u64;

/// The state of a limiter. A permit that becomes free goes to the next project in turn that may have one more, and there to
/// the waiter that came first.
///
/// One thing holds after every call: while a permit is free, no waiter may have it. So whoever finds one free overtakes
/// nobody.
pub(super) struct Queue<W> {
    bounds: Bounds,
    running: usize,
    waiting: usize,
    /// Projects with something that runs or waits; others have no entry, so the map stays small.
    projects: HashMap<ProjectId, Project<W>>,
    /// The projects that wait, in the order of their turns. Each stands here once.
    turns: VecDeque<ProjectId>,
    next_ticket: Ticket,
}

struct Project<W> {
    running: usize,
    waiters: VecDeque<(Ticket, W)>,
    /// How many wait, for those who run.
    waiting: Arc<AtomicUsize>,
    /// Whether it was refused something since it had nothing that ran or waited.
    was_refused: bool,
}

impl<W> Default for Project<W> {
    fn default() -> Self {
        Self {
            running: 0,
            waiters: VecDeque::new(),
            waiting: Arc::default(),
            was_refused: false,
        }
    }
}

impl<W> Project<W> {
    fn publish(&self) {
        self.waiting.store(self.waiters.len(), Ordering::Relaxed);
    }
}

/// What becomes of a wish for a permit.
pub(super) enum Answer<W> {
    /// It runs. The counter says how many of the same project wait.
    Granted(Arc<AtomicUsize>),
    /// It waits. Where the queue was full, the waiter that made room for it is refused.
    Queued {
        ticket: Ticket,
        refused: Option<W>,
        waiting: Arc<AtomicUsize>,
    },
    /// It is refused; `again` where the project was refused before and has been busy since.
    Refused { reason: Reason, again: bool },
}

impl<W> Queue<W> {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            running: 0,
            waiting: 0,
            projects: HashMap::new(),
            turns: VecDeque::new(),
            next_ticket: 0,
        }
    }

    pub(super) fn bounds(&self) -> Bounds {
        self.bounds
    }

    pub(super) fn running(&self) -> usize {
        self.running
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Whether nothing is left of anybody.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.projects.is_empty() && self.turns.is_empty() && self.running + self.waiting == 0
    }

    /// The projects that have as many running as they may.
    pub(super) fn full_projects(&self) -> Vec<ProjectId> {
        let is_full = |project: &Project<W>| project.running >= self.bounds.running_per_project;
        let full = self.projects.iter().filter(|(_, project)| is_full(project));
        full.map(|(id, _)| id.clone()).collect()
    }

    /// How many projects wait for the process alone: what ends, of whatever project, lets one of theirs run.
    pub(super) fn projects_that_any_end_helps(&self) -> usize {
        let turns = self.turns.iter();
        turns.filter(|id| self.may_have_one_more(id)).count()
    }

    /// Takes a permit for `project`, or waits for one: `waiter` is handed back when it is granted or refused.
    pub(super) fn ask(&mut self, id: &ProjectId, waiter: W) -> Answer<W> {
        if self.running < self.bounds.running && self.may_have_one_more(id) {
            self.running += 1;
            let project = self.projects.entry(id.clone()).or_default();
            project.running += 1;
            return Answer::Granted(Arc::clone(&project.waiting));
        }
        let own = self
            .projects
            .get(id)
            .map_or(0, |project| project.waiters.len());
        let refused = if own >= self.bounds.waiting_per_project {
            return self.refuse(id, Reason::Project);
        } else if self.waiting < self.bounds.waiting {
            None
        } else {
            // Who gives way must still wait as much afterwards as who comes, or they would only change their roles.
            match self.longest() {
                Some((longest, waiting)) if waiting > own + 1 => self.withdraw_newest(&longest),
                _ => return self.refuse(id, self.reason(id)),
            }
        };
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let project = self.projects.entry(id.clone()).or_default();
        if project.waiters.is_empty() {
            self.turns.push_back(id.clone());
        }
        project.waiters.push_back((ticket, waiter));
        project.publish();
        let waiting = Arc::clone(&project.waiting);
        self.waiting += 1;
        Answer::Queued {
            ticket,
            refused,
            waiting,
        }
    }

    /// Gives a permit of `id` back. Returns those who run now instead.
    pub(super) fn release(&mut self, id: &ProjectId) -> Vec<W> {
        self.running = self.running.saturating_sub(1);
        if let Some(project) = self.projects.get_mut(id) {
            project.running = project.running.saturating_sub(1);
        }
        self.forget_if_idle(id);
        self.grant()
    }

    /// Takes a waiter out of the queue. False where it is not there any more: it was granted a permit, or refused.
    pub(super) fn leave(&mut self, id: &ProjectId, ticket: Ticket) -> bool {
        let Some(project) = self.projects.get_mut(id) else {
            return false;
        };
        let Some(position) = project
            .waiters
            .iter()
            .position(|(other, _)| *other == ticket)
        else {
            return false;
        };
        project.waiters.remove(position);
        self.left(id);
        true
    }

    /// Changes the bounds. Returns those who run now. What runs or waits already stays, also where it is too much now.
    pub(super) fn set_bounds(&mut self, bounds: Bounds) -> Vec<W> {
        self.bounds = bounds;
        self.grant()
    }

    /// Whose bound keeps `id` from running.
    pub(super) fn reason(&self, id: &ProjectId) -> Reason {
        if self.may_have_one_more(id) {
            Reason::Process
        } else {
            Reason::Project
        }
    }

    fn may_have_one_more(&self, id: &ProjectId) -> bool {
        self.projects
            .get(id)
            .is_none_or(|project| project.running < self.bounds.running_per_project)
    }

    fn refuse(&mut self, id: &ProjectId, reason: Reason) -> Answer<W> {
        let project = self.projects.get_mut(id);
        let again =
            project.is_some_and(|project| std::mem::replace(&mut project.was_refused, true));
        Answer::Refused { reason, again }
    }

    /// The project with the most waiters, and how many those are.
    fn longest(&self) -> Option<(ProjectId, usize)> {
        let waiters = |id: &ProjectId| self.projects.get(id).map_or(0, |p| p.waiters.len());
        let longest = self.turns.iter().max_by_key(|id| waiters(id))?;
        Some((longest.clone(), waiters(longest)))
    }

    fn withdraw_newest(&mut self, id: &ProjectId) -> Option<W> {
        let (_, waiter) = self.projects.get_mut(id)?.waiters.pop_back()?;
        self.left(id);
        Some(waiter)
    }

    /// One of the waiters of `id` was taken out.
    fn left(&mut self, id: &ProjectId) {
        self.waiting -= 1;
        if let Some(project) = self.projects.get(id) {
            project.publish();
            if project.waiters.is_empty() {
                self.turns.retain(|other| other != id);
            }
        }
        self.forget_if_idle(id);
    }

    fn forget_if_idle(&mut self, id: &ProjectId) {
        let project = self.projects.get(id);
        if project.is_some_and(|project| project.running == 0 && project.waiters.is_empty()) {
            self.projects.remove(id);
        }
    }

    /// Hands out what is free.
    fn grant(&mut self) -> Vec<W> {
        let mut granted = Vec::new();
        while self.running < self.bounds.running {
            let mut turns = self.turns.iter();
            let Some(position) = turns.position(|id| self.may_have_one_more(id)) else {
                break;
            };
            let Some(id) = self.turns.remove(position) else {
                break;
            };
            let Some(project) = self.projects.get_mut(&id) else {
                continue;
            };
            let Some((_, waiter)) = project.waiters.pop_front() else {
                continue;
            };
            self.running += 1;
            self.waiting -= 1;
            project.running += 1;
            project.publish();
            if !project.waiters.is_empty() {
                self.turns.push_back(id);
            }
            granted.push(waiter);
        }
        granted
    }
}
