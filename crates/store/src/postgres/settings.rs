//! Values for a statement that takes no parameters, such as COPY.
//!
//! They are set as settings of the transaction, by a statement that does take parameters, and read as
//! `current_setting('deskledger.…')` by the one that does not. So a value is a value all the way: no text of a client ever
//! becomes a part of a statement, nor of a log of statements. With the transaction they are gone.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::expression::{SqlLiteral, TypedExpressionType};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text, Timestamptz};

/// The values that a statement finds as settings.
#[derive(Debug, Default)]
pub(super) struct Settings(Vec<(&'static str, Value)>);

#[derive(Debug)]
enum Value {
    Text(String),
    Time(DateTime<Utc>),
}

impl Settings {
    /// Takes a text, and returns what stands for it in a statement.
    pub(super) fn text<T: TypedExpressionType>(
        &mut self,
        name: &'static str,
        text: impl Into<String>,
    ) -> SqlLiteral<T> {
        self.0.push((name, Value::Text(text.into())));
        sql(&format!("current_setting('deskledger.{name}')"))
    }

    /// Takes a time, and returns what stands for it in a statement.
    pub(super) fn time(
        &mut self,
        name: &'static str,
        time: DateTime<Utc>,
    ) -> SqlLiteral<Timestamptz> {
        self.0.push((name, Value::Time(time)));
        sql(&format!(
            "current_setting('deskledger.{name}')::timestamptz"
        ))
    }

    /// Takes a number, and returns what stands for it in a statement.
    pub(super) fn number(
        &mut self,
        name: &'static str,
        number: i32,
    ) -> SqlLiteral<Nullable<Integer>> {
        self.0.push((name, Value::Text(number.to_string())));
        sql(&format!("current_setting('deskledger.{name}')::integer"))
    }

    /// Sets them, until the transaction ends. The server itself writes a time as text, and so reads it back as it was.
    pub(super) fn set(self, connection: &mut PgConnection) -> QueryResult<()> {
        let set: Vec<_> = self
            .0
            .iter()
            .enumerate()
            .map(|(index, (name, _))| {
                format!(
                    "set_config('deskledger.{name}', ${}::text, true)",
                    index + 1
                )
            })
            .collect();
        let mut statement =
            diesel::sql_query(format!("SELECT {}", set.join(", "))).into_boxed::<Pg>();
        for (_, value) in self.0 {
            statement = match value {
                Value::Text(text) => statement.bind::<Text, _>(text),
                Value::Time(time) => statement.bind::<Timestamptz, _>(time),
            };
        }
        statement.execute(connection).map(|_| ())
    }
}
