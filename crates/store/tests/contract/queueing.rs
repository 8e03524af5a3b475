use std::collections::BTreeMap;
use std::thread;

use deskledger_domain::{TaskFile, TaskState};
use deskledger_store::{ClaimTurn, Deletion, Settlement, TaskCensus, TaskProgress};

use crate::fixture::{Fixture, project};
use crate::tasking::{add, at, claim, failure, found, id, listed, new, scope, succeeded, tasks};

pub(crate) fn a_task_is_claimed_by_one_until_its_time_is_over(store: &Fixture) {
    let tasks = tasks(store);
    let tasks = tasks.as_ref();
    add(tasks, "new", 2);
    add(tasks, "old", 1);
    assert_eq!(claim(tasks, 0), None);
    let first = claim(tasks, 5).unwrap();
    assert_eq!(first.lease.id().as_str(), "old");
    assert_eq!((first.attempt, first.created_at), (1, at(1)));
    assert_eq!(
        (first.project_id, &*first.request),
        (project("p1"), "what 'old' asks for")
    );
    assert_eq!(claim(tasks, 5).unwrap().lease.id().as_str(), "new");
    assert_eq!(claim(tasks, 14), None);
    // The first is kept by its process, the second is not.
    assert!(
        tasks
            .renew(&first.lease, at(24), TaskProgress::default())
            .unwrap()
    );
    let second = claim(tasks, 15).unwrap();
    assert_eq!((second.lease.id().as_str(), second.attempt), ("new", 2));
    assert_eq!(claim(tasks, 23), None);
}

pub(crate) fn tasks_are_counted_that_wait_and_run(store: &Fixture) {
    let tasks = tasks(store);
    let tasks = tasks.as_ref();
    let census = |now, waiting, running, oldest: Option<u32>| {
        let expected = TaskCensus {
            waiting,
            running,
            oldest: oldest.map(at),
        };
        assert_eq!(tasks.census(at(now)).unwrap(), expected, "at {now}");
    };
    census(0, 0, 0, None);
    for (id, created) in [("a", 1), ("b", 2), ("c", 3)] {
        add(tasks, id, created);
    }
    census(5, 3, 0, Some(1));
    let lease = claim(tasks, 5).unwrap().lease;
    census(6, 2, 1, Some(2));
    // Its process is gone.
    census(15, 3, 0, Some(1));
    assert!(
        tasks
            .renew(&lease, at(40), TaskProgress::default())
            .unwrap()
    );
    census(16, 2, 1, Some(2));
    assert!(
        tasks
            .settle(&lease, &Settlement::Postponed { at: at(30) })
            .unwrap()
    );
    census(17, 3, 0, Some(1));
    let lease = claim(tasks, 18).unwrap().lease;
    assert_eq!(lease.id().as_str(), "b");
    assert!(tasks.settle(&lease, &succeeded(19)).unwrap());
    census(20, 2, 0, Some(1));
}

pub(crate) fn who_lost_a_task_changes_nothing(store: &Fixture) {
    let tasks = tasks(store);
    let tasks = tasks.as_ref();
    add(tasks, "a", 0);
    let lost = claim(tasks, 0).unwrap().lease;
    let kept = claim(tasks, 10).unwrap().lease;
    assert_ne!(lost.file_key(), kept.file_key());
    let before = found(tasks, "a");
    assert!(
        !tasks
            .renew(&lost, at(1000), TaskProgress::default())
            .unwrap()
    );
    for settlement in [
        succeeded(11),
        Settlement::Failed {
            failure: failure(),
            at: at(11),
        },
        Settlement::Again { at: at(11) },
        Settlement::Postponed { at: at(11) },
    ] {
        assert!(!tasks.settle(&lost, &settlement).unwrap());
    }
    assert_eq!(found(tasks, "a"), before);
    let keys = [lost.file_key(), kept.file_key()];
    assert_eq!(tasks.in_use(&keys).unwrap(), [kept.file_key()].into());
    assert!(tasks.settle(&kept, &succeeded(12)).unwrap());
    assert_eq!(
        found(tasks, "a").state,
        TaskState::Success {
            file: TaskFile {
                key: kept.file_key(),
                bytes: 7
            },
            ended_at: at(12),
        }
    );
    // What has ended stays ended.
    assert!(
        !tasks
            .settle(&kept, &Settlement::Again { at: at(13) })
            .unwrap()
    );
    assert!(
        !tasks
            .renew(&kept, at(1000), TaskProgress::default())
            .unwrap()
    );
    assert_eq!(claim(tasks, 1000), None);
}

pub(crate) fn a_task_that_is_given_back_is_nobodys(store: &Fixture) {
    let tasks = tasks(store);
    let tasks = tasks.as_ref();
    add(tasks, "a", 0);
    let first = claim(tasks, 0).unwrap().lease;
    assert!(
        tasks
            .settle(&first, &Settlement::Postponed { at: at(20) })
            .unwrap()
    );
    assert!(!tasks.settle(&first, &succeeded(1)).unwrap());
    assert!(tasks.in_use(&[first.file_key()]).unwrap().is_empty());
    assert_eq!(claim(tasks, 19), None);
    let second = claim(tasks, 20).unwrap();
    assert_eq!(second.attempt, 1);
    assert!(
        tasks
            .settle(&second.lease, &Settlement::Again { at: at(20) })
            .unwrap()
    );
    let third = claim(tasks, 20).unwrap();
    assert_eq!(third.attempt, 2);
    assert!(
        tasks
            .settle(
                &third.lease,
                &Settlement::Failed {
                    failure: failure(),
                    at: at(21)
                }
            )
            .unwrap()
    );
    assert_eq!(
        found(tasks, "a").state,
        TaskState::Fail {
            failure: failure(),
            ended_at: at(21)
        }
    );
}

pub(crate) fn a_task_that_was_begun_too_often_fails(store: &Fixture) {
    let tasks = tasks(store);
    let tasks = tasks.as_ref();
    add(tasks, "a", 0);
    let give_up = |now| tasks.give_up(at(now), 2, &failure()).unwrap();
    claim(tasks, 0).unwrap();
    assert_eq!(give_up(10), 0);
    let last = claim(tasks, 10).unwrap();
    assert_eq!(give_up(19), 0);
    assert_eq!(give_up(20), 1);
    assert_eq!(found(tasks, "a").failure(), Some(&failure()));
    assert_eq!(claim(tasks, 20), None);
    assert!(!tasks.settle(&last.lease, &succeeded(21)).unwrap());
}

pub(crate) fn processes_that_claim_at_once_share_the_tasks(store: &Fixture) {
    const TASKS: u32 = 60;
    let all = tasks(store);
    for number in 0..TASKS {
        add(all.as_ref(), &format!("t{number}"), number);
    }
    let work = || {
        let own = tasks(store);
        let mut claimed = Vec::new();
        while let Some(task) = own.claim(at(TASKS), at(TASKS + 1000)).unwrap() {
            assert_eq!(task.attempt, 1);
            assert!(own.settle(&task.lease, &succeeded(TASKS)).unwrap());
            claimed.push(task.lease.id().to_string());
        }
        claimed
    };
    let claimed: Vec<Vec<String>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect()
    });
    let mut times = BTreeMap::new();
    for id in claimed.iter().flatten() {
        *times.entry(id).or_insert(0) += 1;
    }
    assert_eq!(times.len(), TASKS as usize);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
}

pub(crate) fn a_writer_beside_another_waits_and_does_not_fail(store: &Fixture) {
    let work = |name: char| {
        let own = tasks(store);
        for number in 0..40 {
            add(own.as_ref(), &format!("{name}{number}"), 0);
            if let Some(claimed) = own.claim(at(1), at(1000)).unwrap() {
                own.renew(&claimed.lease, at(2000), TaskProgress::default())
                    .unwrap();
                own.settle(&claimed.lease, &succeeded(1)).unwrap();
            }
            own.expire(at(1000)).unwrap();
            let deleted = own.delete(&scope("p1"), &[id(&format!("{name}{number}"))]);
            assert!(matches!(deleted.unwrap(), Deletion::Deleted { .. }));
        }
    };
    thread::scope(|scope| {
        for name in ['a', 'b', 'c'] {
            scope.spawn(move || work(name));
        }
    });
    assert_eq!(listed(tasks(store).as_ref(), &[]).0, 0);
}

pub(crate) fn projects_take_turns_with_their_tasks(store: &Fixture) {
    let tasks = tasks(store);
    let tasks = tasks.as_ref();
    for number in 0..8 {
        add(tasks, &format!("a{number}"), number);
    }
    tasks.add(&new("b", "p2", 9), 100).unwrap();
    tasks.add(&new("c", "p3", 9), 100).unwrap();
    let take = |last: Option<&str>, left_out: &[&str]| {
        let turn = ClaimTurn {
            last: last.map(project),
            left_out: left_out.iter().map(|id| project(id)).collect(),
        };
        let claimed = tasks.claim_in_turn(at(10), at(1000), &turn).unwrap();
        claimed.map(|task| task.lease)
    };
    let give_back = |lease| {
        let postponed = Settlement::Postponed { at: at(10) };
        assert!(tasks.settle(&lease, &postponed).unwrap());
    };
    // One after the other, and then from the beginning.
    for (last, next) in [
        (None, "a0"),
        (Some("p1"), "b"),
        (Some("p2"), "c"),
        (Some("p3"), "a1"),
    ] {
        let lease = take(last, &[]).unwrap();
        assert!(next == "a1" || lease.id().as_str() == next, "{next}");
        assert!(next != "a1" || lease.id().as_str().starts_with('a'));
        give_back(lease);
    }
    // A project that cannot run one now keeps nobody up.
    let b = take(None, &["p1"]).unwrap();
    assert_eq!(b.id().as_str(), "b");
    // The project with fewer running tasks, in all processes, comes first.
    let c = take(Some("p1"), &["p1"]).unwrap();
    assert_eq!(c.id().as_str(), "c");
    assert_eq!(take(None, &["p1"]), None);
    let a = take(None, &[]).unwrap();
    give_back(b);
    assert_eq!(take(None, &[]).unwrap().id().as_str(), "b");
    assert!(a.id().as_str().starts_with('a'));
}
