use std::collections::HashMap;
use std::time::{Duration, Instant};

use deskledger_domain::{ExportAudit, ExportProgress, Principal, ProjectId};

/// A client that reads more records than this of one filter, page by page, takes them out as an export does.
pub(super) const MANY: u64 = 1000;

/// How long after its last page a sweep has ended.
const IDLE: Duration = Duration::from_secs(5 * 60);

/// The most filters whose pages are counted at once.
const MOST: usize = 4096;

/// The pages of lists that clients read, for each user and filter.
#[derive(Default)]
pub(super) struct Sweeps(HashMap<SweepKey, Sweep>);

/// Who reads the pages of which filter.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct SweepKey {
    project: ProjectId,
    user: String,
    /// A hash of the filter.
    filter: u64,
}

impl SweepKey {
    /// The pages of a filter, of which `filter` is a hash that nobody outside knows, as `principal` reads them.
    pub(crate) fn new(principal: &Principal, filter: u64) -> Self {
        Self {
            project: principal.project_id().clone(),
            user: principal.user().to_owned(),
            filter,
        }
    }
}

/// A page that is about to be handed out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListedPage {
    /// How many records it has.
    pub(crate) records: u64,
    /// How many bytes of JSON they are.
    pub(crate) bytes: u64,
    /// Whether it is the beginning of the list.
    pub(crate) is_first: bool,
    /// Whether others follow.
    pub(crate) more: bool,
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
pub(super) struct EndedSweep {
    pub(super) audit: ExportAudit,
    pub(super) progress: ExportProgress,
    pub(super) pages: u64,
}

/// What is to be done before a page is handed out, and after.
#[derive(Default)]
pub(super) struct Step {
    /// The audit that begins.
    pub(super) begins: Option<ExportAudit>,
    /// The audit that ends.
    pub(super) ends: Option<EndedSweep>,
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
    pub(super) fn add<E>(
        &mut self,
        key: &SweepKey,
        page: ListedPage,
        now: Instant,
        audit: impl FnOnce() -> Result<ExportAudit, E>,
    ) -> Result<Step, E> {
        if !self.0.contains_key(key) {
            // One page is no sweep.
            if !page.more || !self.make_room() {
                return Ok(Step::default());
            }
            self.0.insert(key.clone(), Sweep::new(now));
        }
        let mut step = Step::default();
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
    pub(super) fn did_not_begin(&mut self, key: &SweepKey) {
        if let Some(sweep) = self.0.get_mut(key) {
            sweep.audit = None;
        }
    }

    /// Takes out what has had no page for so long at `now` that it has ended, or all of it.
    pub(super) fn take_due(&mut self, now: Instant, all: bool) -> Vec<EndedSweep> {
        let due = |_: &SweepKey, sweep: &mut Sweep| all || now - sweep.last >= IDLE;
        let due = self.0.extract_if(due);
        // It ended with its last page.
        due.filter_map(|(_, sweep)| {
            let last = sweep.last;
            sweep.end(last)
        })
        .collect()
    }

    /// Makes room for one more filter, and says whether there is room. If there was no room, it forgets the quarter of
    /// the filters that had no page for the longest time. Sweeps are kept.
    fn make_room(&mut self) -> bool {
        if self.0.len() < MOST {
            return true;
        }
        let counted = self.0.values().filter(|sweep| sweep.audit.is_none());
        let mut last: Vec<_> = counted.map(|sweep| sweep.last).collect();
        if last.is_empty() {
            return false;
        }
        let quarter = last.len() / 4;
        let (_, oldest, _) = last.select_nth_unstable(quarter);
        let oldest = *oldest;
        self.0
            .retain(|_, sweep| sweep.audit.is_some() || sweep.last > oldest);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::audit;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn key(filter: u64) -> SweepKey {
        let project = ProjectId::new("p").unwrap();
        SweepKey::new(&Principal::new("ann", project, ["reader"]), filter)
    }

    fn page(records: u64, is_first: bool, more: bool) -> ListedPage {
        ListedPage {
            records,
            bytes: 10 * records,
            is_first,
            more,
        }
    }

    fn add(sweeps: &mut Sweeps, filter: u64, page: ListedPage, now: Instant) -> Step {
        let made = || Ok::<_, ()>(audit("ann"));
        sweeps.add(&key(filter), page, now, made).unwrap()
    }

    #[test]
    fn a_sweep_ends_some_minutes_after_its_last_page_and_lasted_until_that() {
        let (mut sweeps, now) = (Sweeps::default(), Instant::now());
        assert!(
            add(&mut sweeps, 1, page(600, true, true), now)
                .begins
                .is_none()
        );
        let step = add(&mut sweeps, 1, page(600, false, true), now + SECOND);
        assert!(step.begins.is_some() && step.ends.is_none());
        add(&mut sweeps, 2, page(10, true, true), now + SECOND);
        assert!(sweeps.take_due(now + IDLE, false).is_empty());
        let ended = sweeps.take_due(now + SECOND + IDLE, false);
        assert_eq!(ended.len(), 1, "what is no sweep has no audit");
        assert_eq!((ended[0].progress.rows, ended[0].pages), (1200, 2));
        assert_eq!(ended[0].progress.duration, SECOND);
        assert!(sweeps.0.is_empty());
    }

    #[test]
    fn a_sweep_whose_audit_could_not_be_written_tries_it_again() {
        let (mut sweeps, now) = (Sweeps::default(), Instant::now());
        add(&mut sweeps, 1, page(1000, true, true), now);
        assert!(
            add(&mut sweeps, 1, page(1, false, true), now)
                .begins
                .is_some()
        );
        assert!(
            add(&mut sweeps, 1, page(1, false, true), now)
                .begins
                .is_none()
        );
        sweeps.did_not_begin(&key(1));
        assert!(
            add(&mut sweeps, 1, page(1, false, true), now)
                .begins
                .is_some()
        );
    }

    #[test]
    fn there_is_an_end_to_what_is_counted_and_sweeps_are_kept() {
        let (mut sweeps, now) = (Sweeps::default(), Instant::now());
        add(&mut sweeps, 0, page(1000, true, true), now);
        assert!(
            add(&mut sweeps, 0, page(1000, false, true), now)
                .begins
                .is_some()
        );
        for filter in 1..3 * MOST as u64 {
            let now = now + SECOND * u32::try_from(filter).unwrap();
            add(&mut sweeps, filter, page(20, true, true), now);
        }
        assert!(sweeps.0.len() <= MOST);
        assert!(sweeps.0.contains_key(&key(0)));
    }
}
