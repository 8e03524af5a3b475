use deskledger_api::fuzzing;
use deskledger_domain::{
    AuditExportQuery, AuditQuery, ExportFormat, ExportQuery, ListQuery, OnlineQuery,
    TaskExportQuery, TaskQuery,
};

use crate::{percent_encode, scope};

/// A query is read or refused by every endpoint, and one that is read means the same when it is written again.
pub(super) fn query(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let Some(pairs) = fuzzing::pairs(text) else {
        return;
    };
    let written: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encode(name), percent_encode(value)))
        .collect();
    assert_eq!(fuzzing::pairs(&written.join("&")).as_ref(), Some(&pairs));

    let pairs = || pairs.iter().map(|(name, value)| (name, value));
    if let Ok(query) = ExportQuery::from_pairs(pairs()) {
        let first = query.clone().into_request(scope("p1"));
        let second = query.into_request(scope("p1"));
        assert_eq!(first.is_ok(), second.is_ok());
    }
    if let Ok(query) = ListQuery::from_pairs(pairs()) {
        let _ = query.into_request(scope("p1"), |_, _| None);
    }
    if let Ok(query) = OnlineQuery::from_pairs(pairs()) {
        drop(query);
    }
    if let Ok(query) = TaskExportQuery::from_pairs(pairs()) {
        let _ = query.into_request(scope("p1"));
    }
    if let Ok(query) = TaskQuery::from_pairs(pairs()) {
        let _ = query.into_filter(scope("p1"));
    }
    if let Ok(query) = AuditQuery::from_pairs(pairs()) {
        let _ = query.into_filter(scope("p1"));
    }
    if let Ok(query) = AuditExportQuery::from_pairs(pairs()) {
        let _ = query.into_request(scope("p1"), ExportFormat::default());
    }
}

/// What a signature covers names the request: sent again in its canonical form, the request covers the same.
pub(super) fn signature(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let mut lines = text.lines();
    let Some((method, target)) = lines.next().and_then(|line| line.split_once(' ')) else {
        return;
    };
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name, value.as_bytes()))
        .collect();
    let Some(canonical) = fuzzing::canonical(method, target, &headers) else {
        return;
    };
    let mut lines = canonical.split(|byte| *byte == b'\n');
    let mut next = || str::from_utf8(lines.next().unwrap()).unwrap();
    let (canonical_method, path, query) = (next(), next(), next());
    assert_eq!(canonical_method, method);
    assert!(path.starts_with('/') && path.ends_with('/'), "{path}");
    let again = format!("{path}?{query}");
    assert_eq!(
        fuzzing::canonical(method, &again, &headers).as_deref(),
        Some(&*canonical)
    );
}

/// A part that a header asks for lies in the file and is not empty.
pub(super) fn range(bytes: &[u8]) {
    for length in [0, 1, 100, u64::from(u32::MAX) + 7] {
        if let Some(part) = fuzzing::range(bytes, length) {
            assert!(part.start < part.end && part.end <= length, "{part:?}");
        }
    }
}
