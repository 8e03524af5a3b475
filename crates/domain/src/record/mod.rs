//! What a connection record is.

mod borrowed;
mod event;
mod fields;

pub use self::event::{ConnectionEvent, EventFields};
pub use self::fields::{FieldKind, RecordField, RecordFields, RecordRef};

use chrono::TimeDelta;
use thiserror::Error;

use crate::time::floor_to_micros;
use crate::{MatchKey, ProjectId};

/// The most characters that a text of a record may have (`contract.md` §2).
pub const MAX_TEXT_CHARS: usize = 255;

/// One connection of one user to one desktop (`contract.md` §2), always valid.
///
/// A record is identified by its `transaction_id` within its project.
///
/// ```
/// use deskledger_domain::{ConnectionRecord, ProjectId, RecordFields, parse_time};
///
/// let record = ConnectionRecord::new(
///     ProjectId::new("8dc9c40a06574a598941b254d4b63b43")?,
///     RecordFields {
///         user_name: Some("jy01@local.com".into()),
///         connection_setup_time: Some(parse_time("2020-04-24T03:02:47Z")?),
///         connection_end_time: Some(parse_time("2020-04-24T03:32:47Z")?),
///         ..RecordFields::new("55f1", parse_time("2020-04-24T03:02:45Z")?)
///     },
/// )?;
/// assert_eq!(record.duration().unwrap().num_minutes(), 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionRecord {
    project_id: ProjectId,
    fields: RecordFields,
}

impl ConnectionRecord {
    /// Checks the fields and makes the record. Times are kept in whole microseconds; what is finer is cut off.
    ///
    /// Neither the order of the three times nor the spelling of addresses is checked: clocks differ, and
    /// what a terminal said of itself is evidence.
    ///
    /// # Errors
    /// When `transaction_id` is empty, a text has more than [`MAX_TEXT_CHARS`] characters or holds U+0000, or a time is
    /// not in the years 0 to 9999. The error names the field.
    pub fn new(project_id: ProjectId, fields: RecordFields) -> Result<Self, InvalidRecord> {
        RecordRef::new(&project_id, &fields).check()?;
        let fields = RecordFields {
            connection_start_time: floor_to_micros(fields.connection_start_time),
            connection_setup_time: fields.connection_setup_time.map(floor_to_micros),
            connection_end_time: fields.connection_end_time.map(floor_to_micros),
            ..fields
        };
        Ok(Self { project_id, fields })
    }

    /// The record of fields that were checked.
    pub(crate) const fn of_checked(project_id: ProjectId, fields: RecordFields) -> Self {
        Self { project_id, fields }
    }

    /// The tenant that the record belongs to.
    pub const fn project_id(&self) -> &ProjectId {
        &self.project_id
    }

    /// The fields of the record.
    pub const fn fields(&self) -> &RecordFields {
        &self.fields
    }

    /// Borrows the record.
    pub fn as_ref(&self) -> RecordRef<'_> {
        RecordRef::new(&self.project_id, &self.fields)
    }

    /// The tenant and the fields, taken apart.
    pub fn into_parts(self) -> (ProjectId, RecordFields) {
        (self.project_id, self.fields)
    }

    /// How long the connection stood: end less setup, where both are known. Negative where clocks disagreed.
    pub fn duration(&self) -> Option<TimeDelta> {
        self.as_ref().duration()
    }

    /// The key that a filter by user name looks for.
    pub fn user_name_key(&self) -> Option<MatchKey> {
        self.as_ref().user_name_key()
    }

    /// The key that a filter by computer name looks for.
    pub fn computer_name_key(&self) -> Option<MatchKey> {
        self.as_ref().computer_name_key()
    }

    /// The key that a filter by terminal type looks for.
    pub fn terminal_type_key(&self) -> Option<MatchKey> {
        self.as_ref().terminal_type_key()
    }
}

/// Why fields are not a [`ConnectionRecord`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidRecord {
    /// A mandatory field has no value.
    #[error("{field} is missing: every record must have one")]
    Missing {
        /// The name of the field.
        field: &'static str,
    },
    /// A text has too many characters.
    #[error("{field} has {length} characters: at most {MAX_TEXT_CHARS} are allowed")]
    TooLong {
        /// The name of the field.
        field: &'static str,
        /// How many characters it has.
        length: usize,
    },
    /// A time is not in the years 0 to 9999 of UTC, the ones that the wire can write.
    #[error("{field} is not in the years 0 to 9999")]
    TimeOutOfRange {
        /// The name of the field.
        field: &'static str,
    },
    /// A text holds U+0000.
    #[error("{field} holds the character U+0000, which is not allowed")]
    ForbiddenCharacter {
        /// The name of the field.
        field: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_time;

    fn fields() -> RecordFields {
        RecordFields::new("55f1", parse_time("2020-04-24T03:02:45Z").unwrap())
    }

    fn record(fields: RecordFields) -> Result<ConnectionRecord, InvalidRecord> {
        ConnectionRecord::new(ProjectId::new("p1").unwrap(), fields)
    }

    #[test]
    fn a_record_has_a_transaction_id() {
        let nameless = RecordFields {
            transaction_id: String::new(),
            ..fields()
        };
        assert_eq!(
            record(nameless),
            Err(InvalidRecord::Missing {
                field: "transaction_id"
            })
        );
    }

    #[test]
    fn a_text_has_at_most_255_characters_and_no_null() {
        let of_name = |name: String| {
            record(RecordFields {
                user_name: Some(name),
                ..fields()
            })
        };
        let field = "user_name";
        assert!(of_name("中".repeat(255)).is_ok());
        assert_eq!(
            of_name("中".repeat(256)),
            Err(InvalidRecord::TooLong { field, length: 256 })
        );
        assert_eq!(
            of_name("a\0".into()),
            Err(InvalidRecord::ForbiddenCharacter { field })
        );
    }

    #[test]
    fn a_time_is_in_the_years_that_the_wire_can_write() {
        for (time, taken) in [
            ("9999-12-31T23:59:59.999999Z", true),
            ("0000-01-01T00:00:00Z", true),
            ("+10000-01-01T00:00:00Z", false),
            ("-0001-12-31T23:59:59Z", false),
        ] {
            let of_time = record(RecordFields {
                connection_end_time: Some(time.parse().unwrap()),
                ..fields()
            });
            assert_eq!(of_time.is_ok(), taken, "{time}");
        }
    }

    #[test]
    fn a_record_says_what_it_knows_and_nothing_else() {
        let known = record(RecordFields {
            user_name: Some("ann".into()),
            network_rtt: Some(7),
            ..fields()
        })
        .unwrap();
        let start = known.fields().connection_start_time;
        let says = |id: &str, start, change: fn(&mut EventFields)| {
            let mut fields = EventFields::new(id, start);
            change(&mut fields);
            let event = ConnectionEvent::new(known.project_id().clone(), fields).unwrap();
            known.as_ref().says(&event.as_ref())
        };
        assert!(
            known
                .as_ref()
                .says(&ConnectionEvent::from(known.clone()).as_ref())
        );
        assert!(says("55f1", None, |_| ()));
        assert!(says("55f1", Some(start), |fields| fields.network_rtt = Some(7)));
        assert!(!says("55f2", None, |_| ()));
        let later = start + TimeDelta::microseconds(1);
        assert!(!says("55f1", Some(later), |_| ()));
        assert!(!says("55f1", None, |fields| fields.network_rtt = Some(8)));
        assert!(!says("55f1", None, |fields| fields.user_name = Some("Ann".into())));
        assert!(!says("55f1", None, |fields| fields.is_reconnect = Some(false)));
    }

    #[test]
    fn a_duration_needs_both_ends() {
        let time = |text| Some(parse_time(text).unwrap());
        let of_times = |setup, end| {
            record(RecordFields {
                connection_setup_time: setup,
                connection_end_time: end,
                ..fields()
            })
            .unwrap()
            .duration()
        };
        let (setup, end) = (time("2020-04-24T03:02:47Z"), time("2020-04-26T03:02:48Z"));
        assert_eq!(of_times(setup, end), Some(TimeDelta::seconds(172_801)));
        assert_eq!(of_times(end, setup), Some(TimeDelta::seconds(-172_801)));
        assert_eq!(of_times(setup, None), None);
        assert_eq!(of_times(None, end), None);
    }
}
