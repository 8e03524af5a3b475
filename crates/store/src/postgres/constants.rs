//! Values for a statement that takes no parameters, such as COPY.
//!
//! A statement that does take parameters hands them over. The tenant and the times come back as literals, which the server
//! itself has quoted: the plan is made for them, so of all partitions those of the times are left. All other values are what
//! people are called, and where they are: they become settings of the transaction, which `current_setting('deskledger.…')`
//! reads, so that they stand in no log of statements. With the transaction they are gone.
//!
//! So no text of a client becomes a part of a statement by our own quoting. See `docs/decisions` on literals in a COPY.

use std::borrow::Cow;
use std::iter;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};

use crate::moment::{Micros, Moment};
use crate::record::Value;

/// The name of the value that is a literal though it is a text.
const TENANT: &str = "project_id";

/// Values of a transaction, and what stands for each of them in a statement.
#[derive(Debug, Default)]
pub(super) struct Constants(Vec<(&'static str, String)>);

/// A value on its way to the server.
struct Handed<'v> {
    name: &'static str,
    value: Bound<'v>,
    /// What makes its text a value again.
    cast: &'static str,
}

enum Bound<'v> {
    Text(Cow<'v, str>),
    Time(Moment),
}

#[derive(QueryableByName)]
struct Quoted {
    #[diesel(sql_type = Array<Text>)]
    literals: Vec<String>,
}

impl Constants {
    /// Hands values over, each with a name of its own, until the transaction ends. The server itself writes a time as text, and
    /// so reads it back as it was.
    pub(super) fn hand_over<'v, 'f: 'v>(
        connection: &mut PgConnection,
        values: impl Iterator<Item = (&'static str, &'v Value<'f>)>,
    ) -> QueryResult<Self> {
        let (literals, settings): (Vec<_>, Vec<_>) = values
            .filter_map(|(name, value)| Handed::new(name, value))
            .partition(Handed::is_literal);
        let quoted = (1..=literals.len())
            .map(|index| format!("pg_catalog.quote_literal(${index}::text)"))
            .collect::<Vec<_>>();
        let quoted = format!("ARRAY[{}]::text[] AS literals", quoted.join(", "));
        let set = settings.iter().zip(literals.len() + 1..);
        let set = set.map(|(Handed { name, .. }, index)| {
            format!("pg_catalog.set_config('deskledger.{name}', ${index}::text, true)")
        });
        let columns = iter::once(quoted).chain(set).collect::<Vec<_>>();
        let text = format!("SELECT {}", columns.join(", "));
        let mut statement = diesel::sql_query(text).into_boxed::<Pg>();
        for Handed { value, .. } in literals.iter().chain(&settings) {
            statement = match value {
                Bound::Text(text) => statement.bind::<Text, _>(text.as_ref()),
                Bound::Time(time) => statement.bind::<Micros, _>(*time),
            };
        }
        let Quoted { literals: quoted } = statement.get_result(connection)?;
        let literals = literals.iter().zip(quoted);
        let literals = literals.map(|(Handed { name, cast, .. }, text)| (*name, text + cast));
        let settings = settings.iter().map(|Handed { name, cast, .. }| {
            let read = format!("current_setting('deskledger.{name}'){cast}");
            (*name, read)
        });
        Ok(Self(literals.chain(settings).collect()))
    }

    /// What stands for a value that was handed over.
    pub(super) fn stand_for<'f>(&self, name: &str, value: Value<'f>) -> Value<'f> {
        match self.0.iter().find(|(other, _)| *other == name) {
            Some((_, sql)) => Value::Sql(sql.clone()),
            None => value,
        }
    }
}

impl<'v> Handed<'v> {
    /// `None` for what is an expression already.
    fn new(name: &'static str, value: &'v Value<'_>) -> Option<Self> {
        let (value, cast) = match value {
            Value::Text(text) => (Bound::Text(Cow::Borrowed(text)), ""),
            Value::Time(time) => (Bound::Time(*time), "::timestamptz"),
            Value::Number(number) => (Bound::Text(number.to_string().into()), "::integer"),
            Value::Sql(_) => return None,
        };
        Some(Self { name, value, cast })
    }

    fn is_literal(&self) -> bool {
        self.name == TENANT || matches!(self.value, Bound::Time(_))
    }
}
