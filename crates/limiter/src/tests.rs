use tokio::time::Instant;

use super::metrics::ProjectCounts;
use super::*;

const EXPORTS: Kind = Kind {
    name: "exports",
    shared_by: "project",
};

fn limits(
    running: usize,
    running_per_key: usize,
    waiting: usize,
    waiting_per_key: usize,
) -> Limits {
    Limits {
        bounds: Bounds {
            running,
            running_per_key,
            waiting,
            waiting_per_key,
        },
        queue_time: Duration::from_secs(10),
    }
}

fn limiter(running: usize, per_project: usize, waiting: usize, share: usize) -> Limiter {
    Limiter::new(EXPORTS, limits(running, per_project, waiting, share))
}

fn project(id: &str) -> ProjectId {
    ProjectId::new(id).unwrap()
}

/// Asks for a permit on a task, which is in the queue when this returns.
async fn asked(limiter: &Limiter, id: &str) -> tokio::task::JoinHandle<Result<Permit, Refusal>> {
    let (limiter, project) = (limiter.clone(), project(id));
    let asked = tokio::spawn(async move { limiter.acquire(&project).await });
    tokio::task::yield_now().await;
    asked
}

fn assert_idle(limiter: &Limiter) {
    let snapshot = limiter.snapshot();
    assert_eq!((snapshot.running, snapshot.waiting), (0, 0));
    assert!(lock(&limiter.0.queue).is_idle());
    assert_eq!(limiter.0.any_end_helps.load(Ordering::Relaxed), 0);
    assert_eq!(limiter.0.held_back.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn a_project_that_asks_too_much_is_refused_and_others_are_not() {
    let limiter = limiter(3, 1, 9, 9);
    let running = limiter.acquire(&project("p1")).await.unwrap();
    let refusal = limiter.acquire(&project("p1")).await.err();
    assert_eq!(refusal, Some(Refusal::Share(EXPORTS)));
    assert!(limiter.acquire(&project("p2")).await.is_ok());
    drop(running);
    assert_idle(&limiter);
}

#[tokio::test(start_paused = true)]
async fn a_full_process_refuses_every_project() {
    let limiter = limiter(1, 1, 9, 9);
    let _running = limiter.acquire(&project("p1")).await.unwrap();
    let refusal = limiter.acquire(&project("p2")).await.err();
    assert_eq!(refusal, Some(Refusal::Process(EXPORTS)));
}

#[tokio::test(start_paused = true)]
async fn a_waiter_gets_the_permit_that_becomes_free() {
    let limiter = limiter(1, 1, 9, 9);
    let running = limiter.acquire(&project("p1")).await.unwrap();
    let waiting = asked(&limiter, "p1").await;
    drop(running);
    assert!(waiting.await.unwrap().is_ok());
    assert_idle(&limiter);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_at_once() {
    let limiter = limiter(1, 1, 0, 9);
    let _running = limiter.acquire(&project("p1")).await.unwrap();
    let before = Instant::now();
    assert!(limiter.acquire(&project("p2")).await.is_err());
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_project_has_its_share_of_the_queue_and_no_more() {
    let limiter = limiter(1, 1, 9, 2);
    let running = limiter.acquire(&project("p1")).await.unwrap();
    assert_eq!(limiter.full_projects(), [project("p1")]);
    let first = asked(&limiter, "p2").await;
    let second = asked(&limiter, "p2").await;
    let snapshot = limiter.snapshot();
    assert_eq!((snapshot.running, snapshot.waiting), (1, 2));
    assert_eq!(snapshot.kind.name, "exports");
    assert_eq!(snapshot.bounds, limits(1, 1, 9, 2).bounds);
    let before = Instant::now();
    let refusal = limiter.acquire(&project("p2")).await.err();
    assert_eq!(refusal, Some(Refusal::Share(EXPORTS)));
    assert_eq!(before.elapsed(), Duration::ZERO);
    // One that comes again at once is answered later.
    assert!(limiter.acquire(&project("p2")).await.is_err());
    assert_eq!(before.elapsed(), HOLD_BACK);
    assert_eq!(limiter.metrics().refused_for_share.get(), 2);
    assert_eq!(limiter.metrics().refused_for_process.get(), 0);
    let other = asked(&limiter, "p3").await;
    drop(running);
    // In turn: the second of p2 waits for p3.
    let first = first.await.unwrap().unwrap();
    drop(first);
    drop(other.await.unwrap().unwrap());
    drop(second.await.unwrap().unwrap());
    assert_idle(&limiter);
}

#[tokio::test(start_paused = true)]
async fn in_a_full_queue_the_project_with_the_most_waiting_gives_way() {
    let limiter = limiter(1, 1, 3, 3);
    let running = limiter.acquire(&project("p1")).await.unwrap();
    let kept = [asked(&limiter, "p2").await, asked(&limiter, "p2").await];
    let newest = asked(&limiter, "p2").await;
    let other = asked(&limiter, "p3").await;
    let refusal = newest.await.unwrap().err();
    assert_eq!(refusal, Some(Refusal::Share(EXPORTS)));
    // Two wait for p2 and one for p3: nobody has so many that another could have them instead.
    let refusal = limiter.acquire(&project("p3")).await.err();
    assert_eq!(refusal, Some(Refusal::Process(EXPORTS)));
    drop(running);
    // In turn.
    let [first, second] = kept;
    for waiting in [first, other, second] {
        assert!(waiting.await.unwrap().is_ok());
    }
    assert_idle(&limiter);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_of_those_who_give_up_whether_they_wait_or_just_got_a_permit() {
    let limiter = limiter(1, 1, 9, 9);
    let running = limiter.acquire(&project("p1")).await.unwrap();
    let gone = asked(&limiter, "p1").await;
    gone.abort();
    assert!(gone.await.is_err());
    assert_eq!(limiter.snapshot().waiting, 0);
    let gone = asked(&limiter, "p1").await;
    let next = asked(&limiter, "p1").await;
    // It is granted the permit, and never learns it.
    drop(running);
    assert_eq!(limiter.running(), 1);
    gone.abort();
    assert!(gone.await.is_err());
    assert!(next.await.unwrap().is_ok());
    assert_idle(&limiter);
}

#[tokio::test(start_paused = true)]
async fn more_permits_are_handed_out_at_once() {
    let limiter = limiter(1, 1, 9, 9);
    let first = limiter.acquire(&project("p1")).await.unwrap();
    let second = asked(&limiter, "p2").await;
    limiter.set_limits(limits(2, 1, 9, 9));
    let second = second.await.unwrap().unwrap();
    drop((first, second));
    assert_idle(&limiter);
}

#[tokio::test(start_paused = true)]
async fn a_project_that_has_others_waiting_gives_way_while_another_project_runs() {
    let limiter = limiter(3, 1, 9, 9);
    let flooding = limiter.acquire(&project("p1")).await.unwrap();
    let waiting = asked(&limiter, "p1").await;
    let demand = flooding.demand();
    assert!(!demand.should_give_way(), "nobody else runs anything");
    let other = limiter.acquire(&project("p2")).await.unwrap();
    assert!(demand.should_give_way());
    assert!(!other.demand().should_give_way(), "it asks for no more");
    drop(other);
    assert!(!demand.should_give_way());
    waiting.abort();
    drop(flooding);
    assert!(waiting.await.is_err());
    assert_idle(&limiter);
}

#[tokio::test(start_paused = true)]
async fn a_permit_is_wanted_by_those_whom_its_end_helps() {
    let limiter = limiter(2, 1, 9, 9);
    let first = limiter.acquire(&project("p1")).await.unwrap();
    let second = limiter.acquire(&project("p2")).await.unwrap();
    let (first_demand, second_demand) = (first.demand(), second.demand());
    let wanted = || (first_demand.is_wanted(), second_demand.is_wanted());
    assert_eq!(wanted(), (false, false));
    let own = asked(&limiter, "p1").await;
    assert_eq!(wanted(), (true, false));
    own.abort();
    assert!(own.await.is_err());
    assert_eq!(wanted(), (false, false));
    let other = asked(&limiter, "p3").await;
    assert_eq!(wanted(), (true, true));
    drop(first);
    assert_eq!(wanted(), (false, false));
    drop((other.await.unwrap(), second));
    assert_idle(&limiter);
}

#[test]
fn a_transfer_is_slow_by_its_last_seconds_of_waiting() {
    /// After how many seconds a client is slow that takes so many bytes each second, and has taken megabytes before.
    fn slow_after(bytes: usize) -> Option<u32> {
        let mut progress = Progress::new(16 * 1024, Duration::from_secs(5));
        progress.moved(100 << 20);
        (1..1000).find(|_| {
            progress.waited(Duration::from_secs(1));
            let is_slow = progress.is_slow();
            progress.moved(bytes);
            is_slow
        })
    }
    assert_eq!(slow_after(0), Some(5));
    assert_eq!(slow_after(1_200), Some(6));
    assert_eq!(slow_after(4_096), Some(7));
    assert_eq!(slow_after(16 * 1024), None);
    assert_eq!(slow_after(64 * 1024), None);
    let mut off = Progress::new(0, Duration::from_secs(5));
    off.waited(Duration::from_secs(1000));
    assert!(!off.is_slow());
}

#[tokio::test(start_paused = true)]
async fn the_busiest_projects_are_named_and_all_others_are_counted_together() {
    let limiter = limiter(4, 2, 9, 9);
    let mut held = Vec::new();
    for id in ["p1", "p2", "p2", "p3"] {
        held.push(limiter.acquire(&project(id)).await.unwrap());
    }
    let waiting = asked(&limiter, "p2").await;
    let counts = |project: &str, running, waiting| ProjectCounts {
        project: project.to_owned(),
        running,
        waiting,
    };
    assert_eq!(
        limiter.by_project(1),
        [counts("p2", 2, 1), counts("", 2, 0)]
    );
    assert_eq!(limiter.by_project(0), [counts("", 4, 1)]);
    assert_eq!(limiter.snapshot().all(), counts("", 4, 1));
    waiting.abort();
}
