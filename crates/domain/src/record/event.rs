use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::time::floor_to_micros;
use crate::{ConnectionRecord, InvalidRecord, ProjectId, RecordFields, RecordRef};

/// The fields of an event: as those of a record, but the start need not be known either. `None` means that the event says
/// nothing of a field.
pub type EventFields = RecordFields<Option<DateTime<Utc>>>;

/// What one report says of one connection, always valid: that it started, that it was set up, that it ended, or any part of
/// that.
///
/// A [`ConnectionRecord`] is what all events of its connection say together. What joins them is [`merge`](Self::merge).
///
/// ```
/// use deskledger_domain::{ConnectionEvent, EventFields, ProjectId, parse_time};
///
/// let project = ProjectId::new("8dc9c40a06574a598941b254d4b63b43")?;
/// let event = |fields| ConnectionEvent::new(project.clone(), fields);
/// let (start, end) = (parse_time("2020-04-24T03:02:45Z")?, parse_time("2020-04-24T03:32:47Z")?);
/// // The end was reported first.
/// let ended = event(EventFields { connection_end_time: Some(end), ..EventFields::new("55f1", None) })?;
/// let started = event(EventFields::new("55f1", Some(start)))?;
///
/// let events = [ended, started];
/// let merged = ConnectionEvent::merge(&events);
/// let record = merged[0].to_record().unwrap();
/// assert_eq!(record.fields().connection_start_time, start);
/// assert_eq!(record.fields().connection_end_time, Some(end));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionEvent {
    project_id: ProjectId,
    fields: EventFields,
}

impl ConnectionEvent {
    /// Checks the fields and makes the event. Times are kept in whole microseconds; what is finer is cut off.
    ///
    /// # Errors
    /// As [`ConnectionRecord::new`], except that the start may be missing.
    pub fn new(project_id: ProjectId, fields: EventFields) -> Result<Self, InvalidRecord> {
        RecordRef::new(&project_id, &fields).check()?;
        let fields = EventFields {
            connection_start_time: fields.connection_start_time.map(floor_to_micros),
            connection_setup_time: fields.connection_setup_time.map(floor_to_micros),
            connection_end_time: fields.connection_end_time.map(floor_to_micros),
            ..fields
        };
        Ok(Self { project_id, fields })
    }

    /// The tenant that the connection belongs to.
    pub const fn project_id(&self) -> &ProjectId {
        &self.project_id
    }

    /// The fields of the event.
    pub const fn fields(&self) -> &EventFields {
        &self.fields
    }

    /// Borrows the event.
    pub fn as_ref(&self) -> RecordRef<'_, Option<DateTime<Utc>>> {
        RecordRef::new(&self.project_id, &self.fields)
    }

    /// The tenant and the fields, taken apart.
    pub fn into_parts(self) -> (ProjectId, EventFields) {
        (self.project_id, self.fields)
    }

    /// The record of a connection of which only this event is known; `None` where the start is not known.
    pub fn to_record(&self) -> Option<ConnectionRecord> {
        let start = self.fields.connection_start_time?;
        let fields = self.fields.clone().with_start(start);
        Some(ConnectionRecord::of_checked(
            self.project_id.clone(),
            fields,
        ))
    }

    /// What events say together, in the order in which they came: one event for each connection, in the order of project and
    /// `transaction_id`.
    ///
    /// Of each field the last event that knows it counts, and one that does not know it says nothing: what was known is never
    /// erased. So the parts of a record are that record again, in whatever order they come and however often.
    pub fn merge(events: &[Self]) -> Vec<Cow<'_, Self>> {
        let mut merged = BTreeMap::<_, Cow<'_, Self>>::new();
        for event in events {
            let identity = (
                event.project_id.as_str(),
                event.fields.transaction_id.as_str(),
            );
            merged
                .entry(identity)
                .and_modify(|earlier| earlier.to_mut().fields.update(&event.fields))
                .or_insert(Cow::Borrowed(event));
        }
        merged.into_values().collect()
    }
}

/// What a record says of its connection, which is everything.
impl From<ConnectionRecord> for ConnectionEvent {
    fn from(record: ConnectionRecord) -> Self {
        let (project_id, fields) = record.into_parts();
        let start = Some(fields.connection_start_time);
        let fields = fields.with_start(start);
        Self { project_id, fields }
    }
}
