//! Strategies of proptest for tests of this crate and of those that use it.

#![expect(
    clippy::unwrap_used,
    reason = "what is generated here is valid, or the test that asks for it fails"
)]

use chrono::{DateTime, Utc};
use proptest::collection::vec;
use proptest::{option, prelude::*};

use crate::{ConnectionRecord, ProjectId, RecordFields};

fn any_time() -> impl Strategy<Value = DateTime<Utc>> {
    // The years 0 to 9999, the ones that RFC 3339 can write, in the microseconds that a record keeps.
    (-62_167_219_200_000_000_i64..253_402_300_800_000_000)
        .prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap())
}

fn any_text() -> impl Strategy<Value = Option<String>> {
    option::of(r#"[^\x00]{0,12}|[",\r\n\\= \t王芳]{0,6}"#)
}

/// The fields of a record, each with the next of the values of its kind.
macro_rules! fields {
    ({$key:ident $start:ident $texts:ident $times:ident $booleans:ident $integers:ident}
        $($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => {
        RecordFields {
            $($field: fields!(@ $kind $key $start $texts $times $booleans $integers),)+
        }
    };
    (@ Key $key:ident $($rest:ident)+) => { $key };
    (@ Start $key:ident $start:ident $($rest:ident)+) => { $start };
    (@ Text $key:ident $start:ident $texts:ident $($rest:ident)+) => { $texts.next().flatten() };
    (@ Time $key:ident $start:ident $texts:ident $times:ident $($rest:ident)+) => { $times.next().flatten() };
    (@ Boolean $key:ident $start:ident $texts:ident $times:ident $booleans:ident $integers:ident) => {
        $booleans.next().flatten()
    };
    (@ Integer $key:ident $start:ident $texts:ident $times:ident $booleans:ident $integers:ident) => {
        $integers.next().flatten()
    };
}

prop_compose! {
    /// Any record at all, of the project `p1`.
    pub fn any_record()(
        key in r"[^\x00]{1,36}",
        start in any_time(),
        texts in vec(any_text(), RecordFields::ALL.len()),
        times in vec(option::of(any_time()), RecordFields::ALL.len()),
        booleans in vec(option::of(any::<bool>()), RecordFields::ALL.len()),
        integers in vec(option::of(any::<i32>()), RecordFields::ALL.len()),
    ) -> ConnectionRecord {
        let (mut texts, mut times) = (texts.into_iter(), times.into_iter());
        let (mut booleans, mut integers) = (booleans.into_iter(), integers.into_iter());
        let fields = crate::record_fields!([fields] {key start texts times booleans integers});
        ConnectionRecord::new(ProjectId::new("p1").unwrap(), fields).unwrap()
    }
}
