//! What holds where keys have ranks.

use super::queue::{Answer, Bounds, Key, Queue};

/// A key by its rank, and one of several of that rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Ranked(u8, u8);

impl Key for Ranked {
    fn rank(&self) -> u8 {
        self.0
    }
}

/// A queue of one permit, which is taken, and in which so many may wait.
fn queue(waiting: usize) -> Queue<Ranked, Ranked> {
    let mut queue = Queue::new(Bounds {
        running: 1,
        running_per_key: 1,
        waiting,
        waiting_per_key: waiting,
    });
    let first = queue.ask(&Ranked(9, 9), Ranked(9, 9));
    assert!(matches!(first, Answer::Granted(_)));
    queue
}

/// Who gets the permit, one after the other.
fn order(mut queue: Queue<Ranked, Ranked>) -> Vec<Ranked> {
    let mut order = vec![Ranked(9, 9)];
    while let Some(last) = order.last() {
        let granted = queue.release(last);
        if granted.is_empty() {
            break;
        }
        order.extend(granted);
    }
    assert!(queue.is_idle());
    order.remove(0);
    order
}

#[test]
fn the_first_rank_waits_for_no_other_and_no_rank_starves_another() {
    let mut queue = queue(100);
    for _ in 0..8 {
        for key in [Ranked(3, 0), Ranked(2, 0), Ranked(2, 1), Ranked(1, 0)] {
            let asked = queue.ask(&key, key);
            assert!(matches!(asked, Answer::Queued { refused: None, .. }));
        }
    }
    for _ in 0..3 {
        let _ = queue.ask(&Ranked(0, 0), Ranked(0, 0));
    }
    let order = order(queue);
    assert_eq!(order[..3], [Ranked(0, 0); 3]);
    // The fourth permit, and each fourth after it, goes by turn alone.
    let by_turn = [Ranked(3, 0), Ranked(2, 0), Ranked(2, 1)];
    assert_eq!([order[3], order[7], order[11]], by_turn);
    let others = order[4..7].iter().chain(&order[8..11]);
    assert!(
        others.into_iter().all(|key| *key == Ranked(1, 0)),
        "{order:?}"
    );
}

#[test]
fn in_a_full_queue_a_higher_rank_gives_way_and_a_lower_one_never_does() {
    let mut queue = queue(3);
    for key in [Ranked(3, 0), Ranked(2, 0), Ranked(2, 1)] {
        let _ = queue.ask(&key, key);
    }
    let mut gives_way = |key: Ranked| match queue.ask(&key, key) {
        Answer::Queued { refused, .. } => refused,
        Answer::Granted(_) | Answer::Refused { .. } => None,
    };
    assert_eq!(gives_way(Ranked(2, 2)), Some(Ranked(3, 0)));
    assert_eq!(gives_way(Ranked(3, 0)), None);
    assert_eq!(gives_way(Ranked(2, 3)), None);
    for _ in 0..3 {
        assert_eq!(gives_way(Ranked(1, 0)).map(|key| key.0), Some(2));
    }
    assert_eq!(gives_way(Ranked(2, 0)), None);
    assert_eq!(order(queue), [Ranked(1, 0); 3]);
}
