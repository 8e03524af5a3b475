//! A record borrowed from a row, whichever database sent it.

use chrono::{DateTime, Utc};
use deskledger_domain::{ProjectId, RecordRef};

use crate::error::Cause;

/// The values of one row, in the order in which columns are selected: each call takes the next one.
pub(crate) trait Values<'a> {
    fn text(&mut self) -> Result<Option<&'a str>, Cause>;
    fn time(&mut self) -> Result<Option<DateTime<Utc>>, Cause>;
    fn boolean(&mut self) -> Result<Option<bool>, Cause>;
    fn integer(&mut self) -> Result<Option<i32>, Cause>;
}

/// What a field of a [`RecordRef`] is made of.
trait Field<'a>: Sized {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause>;
}

impl<'a> Field<'a> for Option<&'a str> {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause> {
        values.text()
    }
}

impl<'a> Field<'a> for &'a str {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause> {
        values.text()?.ok_or_else(|| MISSING.into())
    }
}

impl<'a> Field<'a> for Option<DateTime<Utc>> {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause> {
        values.time()
    }
}

impl<'a> Field<'a> for DateTime<Utc> {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause> {
        values.time()?.ok_or_else(|| MISSING.into())
    }
}

impl<'a> Field<'a> for Option<bool> {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause> {
        values.boolean()
    }
}

impl<'a> Field<'a> for Option<i32> {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause> {
        values.integer()
    }
}

const MISSING: &str = "a mandatory value is missing";

/// All fields, each made of the next value.
macro_rules! record_ref {
    (($project_id:ident $values:ident) $($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => {
        RecordRef { $project_id, $($field: Field::take($values)?,)+ }
    };
}

/// Makes a record from the values of a row, without a copy of any text.
///
/// # Errors
/// When the values are not a valid record.
pub(crate) fn borrow<'a, 'v: 'a>(
    project_id: &'a ProjectId,
    values: &mut impl Values<'v>,
) -> Result<RecordRef<'a>, Cause> {
    let record = deskledger_domain::record_fields!([record_ref] (project_id values));
    record.check()?;
    Ok(record)
}
