//! Values for a statement that takes no parameters, such as COPY.
//!
//! They are set as settings of the transaction, by a statement that does take parameters, and read as
//! `current_setting('deskledger.…')` by the one that does not. So a value is a value all the way: no text of a client ever
//! becomes a part of a statement, nor of a log of statements. With the transaction they are gone.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::moment::{Micros, Moment};
use crate::record::Value;

/// The values that a statement finds as settings.
#[derive(Debug, Default)]
pub(super) struct Settings(Vec<(&'static str, Setting)>);

#[derive(Debug)]
enum Setting {
    Text(String),
    Time(Moment),
}

impl Settings {
    /// Takes a value, and returns what stands for it in a statement.
    pub(super) fn take(&mut self, name: &'static str, value: Value<'_>) -> Value<'static> {
        let (setting, cast) = match value {
            Value::Text(text) => (Setting::Text(text.into_owned()), ""),
            Value::Time(time) => (Setting::Time(time), "::timestamptz"),
            Value::Number(number) => (Setting::Text(number.to_string()), "::integer"),
            Value::Sql(sql) => return Value::Sql(sql),
        };
        // One value may stand in a statement more than once.
        if self.0.iter().all(|(other, _)| *other != name) {
            self.0.push((name, setting));
        }
        Value::Sql(format!("current_setting('deskledger.{name}'){cast}"))
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
                Setting::Text(text) => statement.bind::<Text, _>(text),
                Setting::Time(time) => statement.bind::<Micros, _>(time),
            };
        }
        statement.execute(connection).map(|_| ())
    }
}
