use super::*;

fn watched() -> Arc<Watched> {
    Watched::begin(
        &Arc::from("postgres://127.0.0.1:1/none?connect_timeout=2"),
        None,
    )
    .unwrap()
}

/// Looks at a connection now and after each wait; returns how often the server would be asked.
fn looks(watched: &Arc<Watched>, waits: &[u64], mut between: impl FnMut()) -> usize {
    let mut samples = HashMap::new();
    let mut now = Instant::now();
    let connections = [Arc::clone(watched)];
    let mut questions = look(&connections, &mut samples, now).len();
    for seconds in waits {
        between();
        now += Duration::from_secs(*seconds);
        questions += look(&connections, &mut samples, now).len();
    }
    questions
}

const SILENT: Patience = Patience::WhileItWorks {
    silent: Duration::from_secs(800),
    in_all: Some(Duration::from_secs(3000)),
};

#[test]
fn a_short_wait_that_is_too_long_is_cut() {
    let watched = watched();
    let patience = Patience::Short(Duration::from_secs(500));
    watched.during(patience, || {
        looks(&watched, &[499], || {});
        assert!(!watched.is_cut());
        looks(&watched, &[499, 1], || {});
        assert!(watched.is_cut());
    });
}

#[test]
fn what_does_not_wait_for_the_server_is_left_alone() {
    let watched = watched();
    assert_eq!(looks(&watched, &[10_000], || {}), 0);
    watched.during(SILENT, || {
        watched.apart(|| assert_eq!(looks(&watched, &[10_000], || {}), 0));
    });
    assert!(!watched.is_cut());
}

#[test]
fn what_takes_steps_is_left_alone() {
    let watched = watched();
    watched.during(SILENT, || {
        let questions = looks(&watched, &[799; 20], || watched.apart(|| {}));
        assert_eq!(questions, 0);
        let questions = looks(&watched, &[799; 20], || watched.advance(2));
        assert_eq!(questions, 0);
    });
    assert!(!watched.is_cut());
}

#[test]
fn about_a_silent_one_the_server_is_asked_once_at_a_time() {
    let watched = watched();
    watched.during(SILENT, || {
        assert_eq!(looks(&watched, &[799], || {}), 0);
        assert_eq!(looks(&watched, &[799, 1, 1, 800], || {}), 1);
        assert!(!watched.is_cut());
    });
}

#[test]
fn one_on_whose_behalf_the_server_works_is_cut_in_the_end() {
    let watched = watched();
    watched.during(SILENT, || {
        looks(&watched, &[2999], || {});
        assert!(!watched.is_cut());
        looks(&watched, &[3000], || {});
        assert!(watched.is_cut());
    });
}

#[test]
fn marks_differ() {
    let all: Vec<_> = (0..100).map(|_| watched()).collect();
    let marks: std::collections::HashSet<_> = all.iter().map(|watched| watched.mark()).collect();
    assert_eq!(marks.len(), all.len());
}

#[test]
fn the_user_time_out_of_the_url_is_kept_but_for_seconds() {
    let url = Arc::from("postgres://127.0.0.1:1/none");
    let mark = |given| Watched::begin(&url, given).unwrap().mark();
    assert!((60_001..=70_000).contains(&mark(None)));
    assert!((5_001..=15_000).contains(&mark(Some("5000"))));
    assert!(mark(Some("0")) > 86_400_000);
}
