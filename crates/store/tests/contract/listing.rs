use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use deskledger_domain::{
    AddressField, AddressFilter, ConnectionRecord, ExactField, ExportFilter, Marker, NumberRange,
    Page, PageStart,
};
use deskledger_store::{Cancellation, ReadOutcome, StoreErrorKind};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::fixture::{Fixture, bare, between, events, everything, many, with};
use crate::random::{random_filter, random_record};
use crate::reading::ids;

fn at(offset: u32, limit: u32) -> Page {
    Page::new(PageStart::Offset(offset), limit)
}

fn after(marker: Marker, limit: u32) -> Page {
    Page::new(PageStart::After(marker), limit)
}

/// All records by pages of so many, each after the marker of the one before.
fn by_markers(store: &Fixture, filter: &ExportFilter, limit: u32) -> Vec<ConnectionRecord> {
    let mut page = store.page(filter, &at(0, limit)).unwrap();
    let mut records = page.records;
    while let Some(marker) = page.next {
        assert_eq!(records.last().map(Marker::of).as_ref(), Some(&marker));
        page = store.page(filter, &after(marker, limit)).unwrap();
        assert_eq!(page.total, None);
        assert!(!page.records.is_empty());
        records.extend(page.records);
    }
    records
}

/// All records by pages of so many, each at the offset where the one before ended.
fn by_offsets(store: &Fixture, filter: &ExportFilter, limit: u32) -> Vec<ConnectionRecord> {
    let mut records = Vec::new();
    loop {
        let offset = u32::try_from(records.len()).unwrap();
        let page = store.page(filter, &at(offset, limit)).unwrap();
        let total = page.total.unwrap();
        records.extend(page.records);
        let ended = records.len() as u64 >= total;
        assert_eq!(page.next.is_none(), ended);
        if ended {
            assert_eq!(records.len() as u64, total);
            return records;
        }
    }
}

pub(crate) fn all_pages_of_random_filters_are_what_a_read_finds(store: &Fixture) {
    let mut rng = ChaCha8Rng::seed_from_u64(20_260_102);
    let records: Vec<_> = (0..1000)
        .map(|number| random_record(&mut rng, number))
        .collect();
    store.write(&events(&records)).unwrap();
    let mut several = 0;
    for _ in 0..100 {
        let filter = random_filter(&mut rng);
        let expected = store.all(&filter);
        let limit = rng.random_range(1..20);
        assert_eq!(by_offsets(store, &filter, limit), expected, "{filter:?}");
        assert_eq!(by_markers(store, &filter, limit), expected, "{filter:?}");
        several += usize::from(expected.len() > limit as usize);
    }
    assert!(several > 15, "only {several} of the filters had two pages");
}

pub(crate) fn a_page_has_as_many_as_asked_for_and_says_whether_others_follow(store: &Fixture) {
    store.write(&events(&many(25))).unwrap();
    let all = everything("p1");
    let found = store.all(&all);
    for (offset, limit, follow) in [
        (0, 20, true),
        (5, 20, false),
        (24, 1, false),
        (24, 20, false),
        (20, 4, true),
        (0, 25, false),
        (0, 1000, false),
    ] {
        let page = store.page(&all, &at(offset, limit)).unwrap();
        let range = offset as usize..(offset + limit).min(25) as usize;
        assert_eq!(page.records, found[range], "{offset} {limit}");
        assert_eq!(page.total, Some(25));
        assert_eq!(page.next.is_some(), follow, "{offset} {limit}");
    }
    for (offset, limit) in [(25, 20), (Page::MAX_OFFSET, 20), (0, 0), (3, 0)] {
        let page = store.page(&all, &at(offset, limit)).unwrap();
        assert_eq!((page.total, page.next), (Some(25), None));
        assert!(page.records.is_empty(), "{offset} {limit}");
    }
    let page = store.page(&everything("nobody"), &at(0, 20)).unwrap();
    assert_eq!((page.total, page.records.len()), (Some(0), 0));
    let page = store.page(&all, &after(Marker::of(&found[3]), 0)).unwrap();
    assert_eq!((page.total, page.records.len(), page.next), (None, 0, None));
}

pub(crate) fn a_marker_is_a_place_between_records_of_the_same_time(store: &Fixture) {
    let time = "2020-01-01T00:00:00.000002Z";
    let newest_first = [
        "😀", "\u{e000}", "中", "é", "b", "a-", "a", "Z", "B", "10", "1",
    ];
    let mut records: Vec<_> = newest_first.iter().map(|id| bare(id, time)).collect();
    records.push(bare("newer", "2020-01-01T00:00:00.000003Z"));
    records.push(bare("older", "2020-01-01T00:00:00.000001Z"));
    store.write(&events(&records)).unwrap();
    let expected = store.all(&everything("p1"));
    assert_eq!(expected.len(), 13);
    for limit in 1..5 {
        assert_eq!(by_markers(store, &everything("p1"), limit), expected);
        assert_eq!(by_offsets(store, &everything("p1"), limit), expected);
    }
    // The record itself need not be there, and the range of time still holds.
    let marker = Marker::of(&bare("aa", time));
    let page = store
        .page(&everything("p1"), &after(marker.clone(), 2))
        .unwrap();
    assert_eq!(ids(&page.records), ["a-", "a"]);
    let before =
        everything("p1").with_time(between("2020-01-01T00:00Z", "2020-01-01T00:00:00.000002Z"));
    let page = store.page(&before, &after(marker, 2)).unwrap();
    assert_eq!(ids(&page.records), ["older"]);
}

pub(crate) fn pages_after_a_marker_neither_repeat_nor_skip_while_records_come_in(store: &Fixture) {
    let records = many(100);
    store.write(&events(&records)).unwrap();
    let all = everything("p1");
    let mut expected = store.all(&all);
    let mut found = Vec::new();
    let mut page = store.page(&all, &at(0, 10)).unwrap();
    for round in 0.. {
        found.extend(page.records);
        let Some(marker) = page.next else { break };
        // Newer records come in front, where no later page looks. Older ones come at their position in the order.
        let newer = bare(&format!("newer{round}"), "2027-01-01T00:00Z");
        store.write(&events(&[newer])).unwrap();
        if round < 3 {
            let older = bare(&format!("older{round}"), "2019-01-01T00:00Z");
            store.write(&events(std::slice::from_ref(&older))).unwrap();
            expected.insert(100, older);
        }
        page = store.page(&all, &after(marker, 10)).unwrap();
    }
    assert_eq!(ids(&found), ids(&expected));
}

pub(crate) fn each_filter_of_a_list_finds_what_matches(store: &Fixture) {
    let of = |id: &str, user: &str, rtt: i32| {
        with(id, "2020-01-01T00:00Z", |fields| {
            fields.user_name = Some(user.into());
            fields.network_rtt = Some(rtt);
            fields.public_ip = Some(format!("198.51.100.{id}"));
            fields.enterprise_project_id = Some(if rtt > 10 { "E1" } else { "e1" }.into());
        })
    };
    let long = |characters: usize| format!("{}@local.com", "名".repeat(characters));
    store
        .write(&events(&[
            of("1", "jy01@Local.com", 10),
            of("2", "jy02@x@local.com", 20),
            of("3", "jy03@localxcom", -1),
            of("4", r"a@b%c_d\e", 11),
            of("5", "a@bXcXdXe", 0),
            of("6", &long(167), i32::MAX),
            of("7", &long(168), i32::MIN),
            of("8", "local.com", 5),
            bare("9", "2020-01-01T00:00Z"),
        ]))
        .unwrap();
    let p1 = || everything("p1");
    let domain = |domain| p1().with_domain(domain).unwrap();
    let rtt = |min, max| p1().with_network_rtt(NumberRange::new(min, max).unwrap());
    for (filter, expected) in [
        (domain("LOCAL.com"), &["6", "2", "1"][..]),
        (domain("x"), &[]),
        (domain("local_com"), &[]),
        (domain("%"), &[]),
        (domain(r"B%C_D\E"), &["4"]),
        (domain("bxcxdxe"), &["5"]),
        (rtt(Some(10), None), &["6", "4", "2", "1"]),
        // What is negative was not measured, and is in no range.
        (rtt(None, Some(5)), &["8", "5"]),
        (
            rtt(None, None),
            &["9", "8", "7", "6", "5", "4", "3", "2", "1"],
        ),
        (rtt(Some(0), Some(10)), &["8", "5", "1"]),
        (
            p1().with_address(
                AddressField::PublicIp,
                AddressFilter::new("198.51.100.4").unwrap(),
            ),
            &["4"],
        ),
        (
            p1().with_address(
                AddressField::PublicIp,
                AddressFilter::new("198.51.100._").unwrap(),
            ),
            &[],
        ),
        (
            p1().with_exact(ExactField::EnterpriseProjectId, "E1"),
            &["6", "4", "2"],
        ),
        (
            domain("local.com")
                .with_network_rtt(NumberRange::new(Some(11), None).unwrap())
                .with_exact(ExactField::EnterpriseProjectId, "E1")
                .with_address(
                    AddressField::PublicIp,
                    AddressFilter::new("198.51.100.2").unwrap(),
                )
                .with_user_name("JY02@X@local.com"),
            &["2"],
        ),
    ] {
        assert_eq!(ids(&store.all(&filter)), expected, "{filter:?}");
        let page = store.page(&filter, &at(0, 1000)).unwrap();
        assert_eq!(ids(&page.records), expected, "{filter:?}");
        assert_eq!(page.total, Some(expected.len() as u64), "{filter:?}");
    }
}

pub(crate) fn a_page_that_takes_too_long_is_timed_out(store: &Fixture) {
    // With a range of time alone, no record would be counted.
    let filter = store.make_endless().with_user_name("ann");
    let impatient = store.reopened(|settings| {
        settings.query_timeout = Some(Duration::from_millis(300));
        settings.statement_timeout = None;
    });
    let begin = Instant::now();
    let error = impatient.page(&filter, &at(0, 20)).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::TimedOut);
    assert!(begin.elapsed() < Duration::from_secs(60));
}

pub(crate) fn a_page_is_read_while_exports_hold_all_their_connections(store: &Fixture) {
    store.write(&events(&many(3))).unwrap();
    let store = store.reopened(|settings| settings.pool_size = 1);
    let all = everything("p1");
    let outcome = store.read(&all, &Cancellation::new(), &mut |_| {
        assert_eq!(store.page(&all, &at(0, 2)).unwrap().total, Some(3));
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.unwrap(), ReadOutcome::Complete);
}
