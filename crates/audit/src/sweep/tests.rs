use super::*;
use crate::test_support::audit;

const SECOND: Duration = Duration::from_secs(1);

fn key(filter: u64) -> SweepKey {
    key_in("p", filter)
}

fn key_in(project: &str, filter: u64) -> SweepKey {
    let project = ProjectId::new(project).unwrap();
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
    for filter in 1..3 * MOST_OF_PROJECT as u64 {
        let now = now + SECOND * u32::try_from(filter).unwrap();
        add(&mut sweeps, filter, page(20, true, true), now);
    }
    assert!(sweeps.0.len() <= MOST_OF_PROJECT);
    assert!(sweeps.0.contains_key(&key(0)));
}

/// The first page of a filter of a project, and where it is a sweep a second one.
fn read(sweeps: &mut Sweeps, key: &SweepKey, is_sweep: bool, now: Instant) -> Step {
    let made = || Ok::<_, ()>(audit("ann"));
    let mut step = sweeps.add(key, page(1000, true, true), now, made).unwrap();
    if is_sweep {
        let second = page(1000, false, true);
        step.begins = sweeps.add(key, second, now, made).unwrap().begins;
    }
    step
}

#[test]
fn one_project_leaves_room_for_the_pages_of_others() {
    for is_sweep in [false, true] {
        let (mut sweeps, now) = (Sweeps::default(), Instant::now());
        let small = key_in("small", 0);
        read(&mut sweeps, &small, false, now);
        for filter in 0..2 * MOST as u64 {
            read(
                &mut sweeps,
                &key_in("large", filter),
                is_sweep,
                now + SECOND,
            );
        }
        assert!(sweeps.0.len() <= MOST_OF_PROJECT + 1);
        assert!(sweeps.0.contains_key(&small));
    }
}

#[test]
fn where_all_is_full_the_project_that_has_most_makes_room() {
    let (mut sweeps, now) = (Sweeps::default(), Instant::now());
    let small = key_in("small", 0);
    read(&mut sweeps, &small, false, now);
    for project in 0..=MOST / MOST_OF_PROJECT {
        for filter in 0..MOST_OF_PROJECT as u64 {
            let key = key_in(&format!("p{project}"), filter);
            read(&mut sweeps, &key, false, now + SECOND);
        }
    }
    assert!(sweeps.0.len() <= MOST);
    assert!(sweeps.0.contains_key(&small));
}

#[test]
fn a_project_with_nothing_but_sweeps_has_its_oldest_ended_and_every_sweep_audited() {
    let (mut sweeps, now) = (Sweeps::default(), Instant::now());
    for filter in 0..MOST_OF_PROJECT as u64 {
        let now = now + SECOND * u32::try_from(filter).unwrap();
        let step = read(&mut sweeps, &key(filter), true, now);
        assert!(step.begins.is_some() && step.ends.is_none());
    }
    let later = now + SECOND * 3600;
    let step = read(&mut sweeps, &key(u64::MAX), true, later);
    assert!(step.begins.is_some());
    assert_eq!(step.ends.unwrap().progress.rows, 2000);
    assert!(!sweeps.0.contains_key(&key(0)));
    let again = read(&mut sweeps, &key(0), true, later);
    assert!(again.begins.is_some());
}
