//! A marker as it travels: base64url of a checksum, a time and an identifier.
//!
//! The checksum covers the project too. It does not stop a client from making a marker: a marker is a position in the
//! order of the records of the client's own project, and gives no right. The checksum detects a marker that was cut,
//! mistyped or meant for another project.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use deskledger_domain::{ConnectionRecord, Marker, ProjectId, RecordFields};
use sha2::{Digest as _, Sha256};

/// What every checksum begins with, so that it is that of nothing else; and of no other form than this.
const FORM: &[u8] = b"deskledger marker 1\0";

type Checksum = [u8; 8];
type Micros = [u8; 8];

/// The text of a marker of a project.
pub fn marker_text(marker: &Marker, project: &ProjectId) -> String {
    let mut content = marker
        .start_time()
        .timestamp_micros()
        .to_be_bytes()
        .to_vec();
    content.extend_from_slice(marker.transaction_id().as_bytes());
    let mut bytes = checksum(&content, project).to_vec();
    bytes.append(&mut content);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The marker of a project from its text; `None` where the text is invalid.
pub fn marker_from_text(text: &str, project: &ProjectId) -> Option<Marker> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (sum, content) = bytes.split_first_chunk::<{ size_of::<Checksum>() }>()?;
    if checksum(content, project) != *sum {
        return None;
    }
    let (micros, id) = content.split_first_chunk::<{ size_of::<Micros>() }>()?;
    let start = DateTime::from_timestamp_micros(i64::from_be_bytes(*micros))?;
    let id = str::from_utf8(id).ok()?;
    // A marker is the position of a record that could exist.
    let record = ConnectionRecord::new(project.clone(), RecordFields::new(id, start)).ok()?;
    Some(Marker::of(&record))
}

fn checksum(content: &[u8], project: &ProjectId) -> Checksum {
    let hash = Sha256::new()
        .chain_update(FORM)
        .chain_update(project.as_str())
        .chain_update([0])
        .chain_update(content)
        .finalize();
    std::array::from_fn(|position| hash[position])
}

#[cfg(test)]
mod tests {
    use deskledger_domain::{MAX_TEXT_CHARS, Parameter};
    use proptest::prelude::*;

    use super::*;

    fn project(id: &str) -> ProjectId {
        ProjectId::new(id).unwrap()
    }

    fn marker(micros: i64, id: &str) -> Marker {
        let start = DateTime::from_timestamp_micros(micros).unwrap();
        let record = ConnectionRecord::new(project("p1"), RecordFields::new(id, start)).unwrap();
        Marker::of(&record)
    }

    /// A text with a true checksum around anything.
    fn forged(content: &[u8]) -> String {
        let sum = checksum(content, &project("p1"));
        URL_SAFE_NO_PAD.encode([&sum, content].concat())
    }

    #[test]
    fn the_longest_marker_fits_into_a_query() {
        let longest = marker_text(&marker(0, &"😀".repeat(MAX_TEXT_CHARS)), &project("p1"));
        assert!(longest.len() <= Parameter::Marker.max_chars());
    }

    #[test]
    fn what_holds_no_position_of_a_record_is_refused_even_where_its_checksum_is_true() {
        let time = 1_587_697_367_000_000_i64.to_be_bytes();
        let text = |time: Micros, id: &[u8]| forged(&[&time, id].concat());
        assert!(marker_from_text(&text(time, b"55f1"), &project("p1")).is_some());
        for wrong in [
            text(time, b""),
            text(time, b"a\0b"),
            text(time, &[0xff]),
            text(time, "x".repeat(256).as_bytes()),
            text(i64::MAX.to_be_bytes(), b"55f1"),
            text(i64::MIN.to_be_bytes(), b"55f1"),
            forged(&time[..7]),
            forged(b""),
        ] {
            assert_eq!(marker_from_text(&wrong, &project("p1")), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_marker_is_read_back_in_its_own_project_alone(
            micros in -62_167_219_200_000_000_i64..253_402_300_800_000_000, id in "[^\0]{1,255}",
        ) {
            let marker = marker(micros, &id);
            let text = marker_text(&marker, &project("p1"));
            prop_assert_eq!(marker_from_text(&text, &project("p1")), Some(marker));
            prop_assert_eq!(marker_from_text(&text, &project("P1")), None);
        }

        #[test]
        fn a_marker_that_was_changed_is_refused(id in "[a-z0-9]{1,40}", position in any::<prop::sample::Index>(), to in "[A-Za-z0-9_=+/. -]") {
            let text = marker_text(&marker(0, &id), &project("p1"));
            let position = position.index(text.len());
            let mut changed = text.clone();
            changed.replace_range(position..=position, &to);
            prop_assume!(changed != text);
            prop_assert_eq!(marker_from_text(&changed, &project("p1")), None);
            prop_assert_eq!(marker_from_text(&text[..position], &project("p1")), None);
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "\\PC{0,60}|[A-Za-z0-9_-]{0,80}") {
            prop_assert_eq!(marker_from_text(&text, &project("p1")), None);
        }
    }
}
