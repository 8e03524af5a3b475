use std::collections::HashMap;
use std::time::{Duration, Instant};

use deskledger_domain::{ExportAudit, ExportProgress, Principal, ProjectId};

/// A client that reads more records than this of one filter, page by page, takes them out as an export does.
pub(crate) const MANY: u64 = 1000;

/// How long after its last page a sweep has ended.
const IDLE: Duration = Duration::from_secs(5 * 60);

/// The most filters whose pages are counted at once: in all, and for the users of one project, who leave room for those of others.
const MOST: usize = 4096;
const MOST_OF_PROJECT: usize = MOST / 8;

/// The pages of lists that clients read, for each user and filter.
#[derive(Default)]
pub(crate) struct Sweeps(HashMap<SweepKey, Sweep>);

/// Who reads the pages of which filter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SweepKey {
    project: ProjectId,
    user: String,
    /// A hash of the filter.
    filter: u64,
}

impl SweepKey {
    /// The pages of a filter, of which `filter` is a hash that nobody outside knows, as `principal` reads them.
    pub fn new(principal: &Principal, filter: u64) -> Self {
        Self {
            project: principal.project_id().clone(),
            user: principal.user().to_owned(),
            filter,
        }
    }
}

/// A page that is about to be handed out.
#[derive(Clone, Copy, Debug)]
pub struct ListedPage {
    /// How many records it has.
    pub records: u64,
    /// How many bytes of JSON they are.
    pub bytes: u64,
    /// Whether it is the beginning of the list.
    pub is_first: bool,
    /// Whether others follow.
    pub more: bool,
}

struct Sweep {
    /// The most records of a first page. A client that asks for it again and again looks for new records, and gets no
    /// further.
    first: u64,
    /// The records of all other pages.
    further: u64,
    bytes: u64,
    pages: u64,
    began: Instant,
    last: Instant,
    /// Once it is one.
    audit: Option<ExportAudit>,
}

/// A sweep that has ended.
pub(crate) struct EndedSweep {
    pub(crate) audit: ExportAudit,
    pub(crate) progress: ExportProgress,
    pub(crate) pages: u64,
}

/// What is to be done before a page is handed out, and after.
#[derive(Default)]
pub(crate) struct Step {
    /// The audit that begins.
    pub(crate) begins: Option<ExportAudit>,
    /// The audit that ends.
    pub(crate) ends: Option<EndedSweep>,
}

impl Sweep {
    fn new(now: Instant) -> Self {
        Self {
            first: 0,
            further: 0,
            bytes: 0,
            pages: 0,
            began: now,
            last: now,
            audit: None,
        }
    }

    fn records(&self) -> u64 {
        self.first + self.further
    }

    fn add(&mut self, page: ListedPage, now: Instant) {
        if page.is_first {
            self.first = self.first.max(page.records);
        } else {
            self.further += page.records;
        }
        self.bytes += page.bytes;
        self.pages += 1;
        self.last = now;
    }

    fn end(self, now: Instant) -> Option<EndedSweep> {
        let progress = ExportProgress {
            rows: self.records(),
            bytes: self.bytes,
            duration: now - self.began,
        };
        Some(EndedSweep {
            progress,
            pages: self.pages,
            audit: self.audit?,
        })
    }
}

impl Sweeps {
    /// Counts a page at `now`. `audit` makes the audit of a sweep that begins.
    ///
    /// # Errors
    /// Those of `audit`.
    pub(crate) fn add<E>(
        &mut self,
        key: &SweepKey,
        page: ListedPage,
        now: Instant,
        audit: impl FnOnce() -> Result<ExportAudit, E>,
    ) -> Result<Step, E> {
        let mut step = Step::default();
        if !self.0.contains_key(key) {
            // One page is no sweep.
            if !page.more {
                return Ok(step);
            }
            step.ends = self.make_room(&key.project);
            self.0.insert(key.clone(), Sweep::new(now));
        }
        if let Some(sweep) = self.0.get_mut(key) {
            sweep.add(page, now);
            if sweep.audit.is_none() && sweep.records() > MANY {
                let audit = audit()?;
                sweep.audit = Some(audit.clone());
                step.begins = Some(audit);
            }
        }
        if !page.more {
            step.ends = self.0.remove(key).and_then(|sweep| sweep.end(now));
        }
        Ok(step)
    }

    /// The audit that was to begin could not be written. The next page tries it again.
    pub(crate) fn did_not_begin(&mut self, key: &SweepKey) {
        if let Some(sweep) = self.0.get_mut(key) {
            sweep.audit = None;
        }
    }

    /// Takes out what has had no page for so long at `now` that it has ended, or all of it.
    pub(crate) fn take_due(&mut self, now: Instant, all: bool) -> Vec<EndedSweep> {
        let due = |_: &SweepKey, sweep: &mut Sweep| all || now - sweep.last >= IDLE;
        let due = self.0.extract_if(due);
        // It ended with its last page.
        due.filter_map(|(_, sweep)| {
            let last = sweep.last;
            sweep.end(last)
        })
        .collect()
    }

    /// Makes room for one more filter of a project, at the cost of that project where it has its share, and else of the one
    /// that has the most.
    fn make_room(&mut self, project: &ProjectId) -> Option<EndedSweep> {
        let of_project = |key: &&SweepKey| key.project == *project;
        if self.0.keys().filter(of_project).count() >= MOST_OF_PROJECT {
            return self.make_room_in(project);
        }
        if self.0.len() < MOST {
            return None;
        }
        let mut counts = HashMap::<&ProjectId, usize>::new();
        for key in self.0.keys() {
            *counts.entry(&key.project).or_default() += 1;
        }
        let largest = counts.into_iter().max_by_key(|(_, count)| *count);
        let largest = largest.map(|(project, _)| project.clone())?;
        self.make_room_in(&largest)
    }

    /// Forgets the quarter of the filters of a project that had no page for the longest time. Sweeps are kept; where there is
    /// nothing else, the one that had no page for the longest time ends, and its next page counts anew.
    fn make_room_in(&mut self, project: &ProjectId) -> Option<EndedSweep> {
        let is_own = |key: &SweepKey| key.project == *project;
        let own = || self.0.iter().filter(|(key, _)| is_own(key));
        let counted = own().filter(|(_, sweep)| sweep.audit.is_none());
        let mut last: Vec<_> = counted.map(|(_, sweep)| sweep.last).collect();
        if last.is_empty() {
            let oldest = own().min_by_key(|(_, sweep)| sweep.last);
            let oldest = oldest.map(|(key, _)| key.clone())?;
            let sweep = self.0.remove(&oldest)?;
            let last = sweep.last;
            return sweep.end(last);
        }
        let quarter = last.len() / 4;
        let (_, oldest, _) = last.select_nth_unstable(quarter);
        let oldest = *oldest;
        self.0
            .retain(|key, sweep| !is_own(key) || sweep.audit.is_some() || sweep.last > oldest);
        None
    }
}

#[cfg(test)]
mod tests;
