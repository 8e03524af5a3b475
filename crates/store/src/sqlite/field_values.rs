//! The values of a field, counted here while SQLite steps over the newest records. It would sort to group.

use std::collections::HashMap;

use deskledger_domain::{ExportFilter, FieldValues, MatchKey, ValueField, ValuesRequest};
use diesel::connection::{DefaultLoadingMode, LoadConnection};
use diesel::prelude::*;
use diesel::row::{Field as _, Row as _};
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteValue};

use crate::field_values::{columns, in_order};
use crate::record::{Predicates, Statement, Value};

/// The key of a value, the value, when its record began, and whether that matches.
type Row = (Nullable<Text>, Nullable<Text>, BigInt, Nullable<Bool>);

/// The most bytes of values and their keys that are held. Where there are more, the records that follow are not looked at.
const MOST_BYTES: usize = 32 << 20;

pub(super) fn read(
    connection: &mut SqliteConnection,
    request: &ValuesRequest,
) -> QueryResult<FieldValues> {
    let by_index = request.filter.in_an_index();
    let statement = newest(request, &by_index);
    let mut counts = Counts::new(request);
    let mut seen = 0;
    for row in LoadConnection::<DefaultLoadingMode>::load(connection, statement)? {
        let row = row?;
        seen += 1;
        let fields = [0, 1, 2, 3].map(|column| row.get(column));
        let [mut key, mut value, mut start, mut matches] = fields
            .each_ref()
            .map(|field| field.as_ref().and_then(|field| field.value()));
        if matches
            .as_mut()
            .is_none_or(|value| value.read_integer() == 0)
        {
            continue;
        }
        let start = start.as_mut().map_or(0, SqliteValue::read_long);
        if let (Some(key), Some(value)) = (&mut key, &mut value) {
            counts.add(key.read_text(), value.read_text(), start);
        }
        if counts.bytes > MOST_BYTES {
            return Ok(in_order(counts.into_values(), request.limit, false));
        }
    }
    let exact = seen < request.most_records;
    Ok(in_order(counts.into_values(), request.limit, exact))
}

/// The newest records by what is in an index, and whether each matches.
pub(super) fn newest<'f>(
    request: &'f ValuesRequest,
    by_index: &'f ExportFilter,
) -> Statement<'f, Row> {
    let [key, value] = columns(request.field);
    Statement::new()
        .sql("SELECT ")
        .sql(key)
        .sql(", ")
        .sql(value)
        .sql(", connection_start_time, (")
        .all(Predicates::of::<Sqlite>(&request.filter))
        .sql(") FROM connection_records WHERE goes_on() AND ")
        .all(Predicates::of::<Sqlite>(by_index))
        .sql(" ORDER BY connection_start_time DESC, transaction_id DESC LIMIT ")
        .value(Value::Number(
            i32::try_from(request.most_records).unwrap_or(i32::MAX),
        ))
}

/// What is counted so far, by the keys of values.
struct Counts {
    field: ValueField,
    prefix: Option<String>,
    by_key: HashMap<String, Count>,
    bytes: usize,
}

struct Count {
    records: u64,
    value: String,
    /// When the record began that the value is from.
    start: i64,
}

impl Counts {
    fn new(request: &ValuesRequest) -> Self {
        Self {
            field: request.field,
            prefix: request.key_prefix(),
            by_key: HashMap::new(),
            bytes: 0,
        }
    }

    fn add(&mut self, key: &str, value: &str, start: i64) {
        if self.field == ValueField::Domain {
            // What is stored is a key already, which has itself for its key.
            if let Some(domain) = MatchKey::of_name(key).domain() {
                self.count(domain.as_str(), domain.as_str(), start);
            }
        } else {
            self.count(key, value, start);
        }
    }

    fn count(&mut self, key: &str, value: &str, start: i64) {
        if let Some(prefix) = &self.prefix {
            let too_long = self.field.ignores_case() && key.len() > MatchKey::MAX_PLAIN_BYTES;
            if too_long || !key.starts_with(prefix) {
                return;
            }
        }
        // Most keys are known, and need no copy.
        if let Some(count) = self.by_key.get_mut(key) {
            count.records += 1;
            if count.start == start && value < count.value.as_str() {
                value.clone_into(&mut count.value);
            }
            return;
        }
        self.bytes += key.len() + value.len() + size_of::<(String, Count)>();
        let count = Count {
            records: 1,
            value: value.to_owned(),
            start,
        };
        self.by_key.insert(key.to_owned(), count);
    }

    fn into_values(self) -> Vec<(String, u64)> {
        let counts = self.by_key.into_values();
        counts.map(|count| (count.value, count.records)).collect()
    }
}
