//! What holds for all sequences of asking, giving back and leaving, whatever their order.

use std::collections::BTreeMap;

use deskledger_domain::ProjectId;
use proptest::prelude::*;

use super::queue::{Answer, Bounds, Queue, Ticket};

#[derive(Clone, Copy, Debug)]
enum Step {
    Ask(u8),
    /// Gives back one of the permits that are held, by its position.
    Release(usize),
    /// Takes one of the waiters out, by its position.
    Leave(usize),
    SetRunning(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_u8..5).prop_map(Step::Ask),
        4 => any::<usize>().prop_map(Step::Release),
        1 => any::<usize>().prop_map(Step::Leave),
        1 => (1_usize..5).prop_map(Step::SetRunning),
    ]
}

fn project(number: u8) -> ProjectId {
    ProjectId::new(format!("p{number}")).unwrap()
}

/// What must be the case, kept in the simplest way.
#[derive(Default)]
struct Model {
    /// The projects of the permits that are held.
    held: Vec<u8>,
    /// Those who wait, in the order in which they came: by number, with project and ticket.
    waiting: Vec<(u32, u8, Ticket)>,
    /// For each project that waits: how often each other one was granted a permit since it could have had one.
    passed_over: BTreeMap<u8, BTreeMap<u8, u32>>,
}

impl Model {
    fn held_by(&self, project: u8) -> usize {
        self.held
            .iter()
            .map(|held| usize::from(*held == project))
            .sum()
    }

    fn waiting_of(&self, project: u8) -> usize {
        let waiting = self.waiting.iter();
        waiting.filter(|(_, other, _)| *other == project).count()
    }

    fn take_out(&mut self, number: u32) -> u8 {
        let position = self.waiting.iter().position(|(other, ..)| *other == number);
        self.waiting.remove(position.unwrap()).1
    }

    /// A waiter was granted a permit.
    fn granted(&mut self, number: u32, bounds: Bounds) {
        let project = self.waiting.iter().find(|(other, ..)| *other == number);
        let project = project.expect("only those who wait are woken").1;
        let first = self.waiting.iter().find(|(_, other, _)| *other == project);
        assert_eq!(first.unwrap().0, number, "a project's oldest comes first");
        for other in 0..5 {
            if other != project && self.is_eligible(other, bounds) {
                let times = self.passed_over.entry(other).or_default();
                let times = times.entry(project).or_default();
                *times += 1;
                assert!(
                    *times < 2,
                    "p{project} got two permits while p{other} waited"
                );
            }
        }
        self.passed_over.remove(&project);
        self.take_out(number);
        self.held.push(project);
        self.forget(bounds);
    }

    /// Whether a project waits and may have one more.
    fn is_eligible(&self, project: u8, bounds: Bounds) -> bool {
        self.waiting_of(project) > 0 && self.held_by(project) < bounds.running_per_key
    }

    /// Those who do not wait, or may not have one more, are not passed over.
    fn forget(&mut self, bounds: Bounds) {
        let idle: Vec<_> = (0..5)
            .filter(|other| !self.is_eligible(*other, bounds))
            .collect();
        for other in idle {
            self.passed_over.remove(&other);
        }
    }
}

proptest! {
    #[test]
    fn limits_hold_nobody_is_forgotten_and_projects_take_turns(
        steps in prop::collection::vec(step(), 1..200),
        per_project in 1_usize..4,
        waiting in 0_usize..8,
        share in 1_usize..5,
    ) {
        let mut bounds = Bounds {
            running: 3,
            running_per_key: per_project,
            waiting,
            waiting_per_key: share,
        };
        let mut queue = Queue::<ProjectId, u32>::new(bounds);
        let mut model = Model::default();
        for (number, step) in (0_u32..).zip(steps) {
            let mut woken = Vec::new();
            match step {
                Step::Ask(id) => match queue.ask(&project(id), number) {
                    Answer::Granted(_) => {
                        prop_assert!(model.held.len() < bounds.running);
                        model.held.push(id);
                        prop_assert!(model.held_by(id) <= per_project);
                    }
                    Answer::Queued { ticket, refused, .. } => {
                        if let Some(refused) = refused {
                            let other = model.take_out(refused);
                            prop_assert!(model.waiting_of(other) > model.waiting_of(id));
                        }
                        model.waiting.push((number, id, ticket));
                        prop_assert!(model.waiting_of(id) <= share);
                        prop_assert!(model.waiting.len() <= waiting);
                    }
                    Answer::Refused { .. } => {
                        let most = (0..5).map(|other| model.waiting_of(other)).max().unwrap();
                        let own = model.waiting_of(id);
                        prop_assert!(own == share || (model.waiting.len() >= waiting && most <= own + 1));
                    }
                },
                Step::Release(position) if !model.held.is_empty() => {
                    let id = model.held.swap_remove(position % model.held.len());
                    woken = queue.release(&project(id));
                }
                Step::Leave(position) if !model.waiting.is_empty() => {
                    let (number, id, ticket) = model.waiting[position % model.waiting.len()];
                    prop_assert!(queue.leave(&project(id), ticket));
                    prop_assert!(!queue.leave(&project(id), ticket));
                    model.take_out(number);
                }
                Step::SetRunning(running) => {
                    bounds.running = running;
                    woken = queue.set_bounds(bounds);
                }
                Step::Release(_) | Step::Leave(_) => {}
            }
            for number in woken {
                model.granted(number, bounds);
                prop_assert!(model.held.len() <= bounds.running);
                prop_assert!(model.held.iter().all(|id| model.held_by(*id) <= per_project));
            }
            model.forget(bounds);
            prop_assert_eq!(queue.running(), model.held.len());
            prop_assert_eq!(queue.waiting(), model.waiting.len());
            // Where a permit is free, nobody waits who may have it.
            let mut waiters = model.waiting.iter();
            let helped = (0..5)
                .filter(|id| model.waiting_of(*id) > 0 && model.held_by(*id) < per_project)
                .count();
            prop_assert_eq!(queue.keys_that_any_end_helps(), helped);
            prop_assert!(
                model.held.len() >= bounds.running
                    || waiters.all(|(_, id, _)| model.held_by(*id) >= per_project)
            );
        }
        // Every caller that stays gets its turn in the end, and then nothing is left.
        while let Some(id) = model.held.pop() {
            for number in queue.release(&project(id)) {
                model.granted(number, bounds);
            }
        }
        prop_assert!(model.waiting.is_empty());
        prop_assert!(queue.is_idle());
    }
}
