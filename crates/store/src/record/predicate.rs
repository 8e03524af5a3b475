//! What a filter asks of a row of `connection_records`, as one expression for both databases.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use deskledger_domain::{ExportFilter, MatchKey};
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType, Integer, Text};

use super::{Position, connection_records, key};
use crate::moment::{Micros, Moment};

/// What the databases say in different ways.
pub(crate) trait Dialect:
    Backend + HasSqlType<Text> + HasSqlType<Integer> + HasSqlType<Micros>
{
    /// What follows a pattern whose wildcards are escaped by a backslash.
    const ESCAPE: &str;
    /// What stands before and after a text whose bytes are counted.
    const BYTES: [&str; 2];

    /// A time as a bound of a range.
    fn bound(time: DateTime<Utc>) -> DateTime<Utc>;
}

/// Conditions that all hold of a row.
#[derive(Debug)]
pub(crate) struct Predicates<'f>(Vec<Predicate<'f>>);

#[derive(Debug)]
enum Predicate<'f> {
    /// How a column compares with a value, which has a name of its own.
    Compare {
        column: &'static str,
        test: Test,
        name: &'static str,
        value: Value<'f>,
    },
    /// Of the records of the position's time, those that come from it on. Later ones are not in the range of time.
    From {
        start: Moment,
        position: &'f Position,
    },
}

#[derive(Clone, Copy, Debug)]
enum Test {
    Is,
    AtLeast,
    AtMost,
    Below,
    /// A pattern whose wildcards are escaped by a backslash.
    Like,
    /// As `Like`, for a key that may be stored as a part and its hash: neither is looked into.
    WholeLike,
}

impl Test {
    const fn operator(self) -> &'static str {
        match self {
            Self::Is => " = ",
            Self::AtLeast => " >= ",
            Self::AtMost => " <= ",
            Self::Below => " < ",
            Self::Like | Self::WholeLike => " LIKE ",
        }
    }
}

/// What a column is compared with.
#[derive(Debug)]
pub(crate) enum Value<'f> {
    Text(Cow<'f, str>),
    Time(Moment),
    Number(i32),
    /// An expression that stands for a value.
    Sql(String),
}

impl<'f> Predicates<'f> {
    /// What a filter asks. The tenant comes first, as in every index; the range of time is half open.
    pub(crate) fn of<D: Dialect>(filter: &'f ExportFilter) -> Self {
        use Test::{AtLeast, AtMost, Below, Is, Like, WholeLike};

        let mut all = Self(Vec::new());
        let text = |text: &'f str| Some(Value::Text(Cow::Borrowed(text)));
        let owned = |text: String| Value::Text(Cow::Owned(text));
        let key = |key: Option<&MatchKey>| key.map(key::stored).map(owned);
        let time =
            |time: Option<DateTime<Utc>>| time.map(|time| Value::Time(Moment(D::bound(time))));
        let number = |number: Option<i32>| number.map(Value::Number);
        let (network, e2e) = (filter.network_rtt(), filter.e2e_rtt());
        let domain = filter.domain().map(key::domain_pattern).map(owned);
        let part = filter
            .part_of_terminal_type()
            .map(key::holding_pattern)
            .map(owned);
        all.add(
            "project_id",
            Is,
            "project_id",
            text(filter.project_id().as_str()),
        );
        all.add(
            "user_name_key",
            Is,
            "user_name_key",
            key(filter.user_name()),
        );
        all.add(
            "computer_name_key",
            Is,
            "computer_name_key",
            key(filter.computer_name()),
        );
        all.add(
            "terminal_type_key",
            Is,
            "terminal_type_key",
            key(filter.terminal_type()),
        );
        all.add("user_name_key", Like, "domain_pattern", domain);
        let enterprise_project = filter.enterprise_project_id().and_then(text);
        all.add(
            "enterprise_project_id",
            Is,
            "enterprise_project_id",
            enterprise_project,
        );
        all.add(
            "public_ip",
            Is,
            "public_ip",
            filter.public_ip().and_then(text),
        );
        all.add(
            "network_rtt",
            AtLeast,
            "min_network_rtt",
            number(network.min()),
        );
        all.add(
            "network_rtt",
            AtMost,
            "max_network_rtt",
            number(network.max()),
        );
        all.add("e2e_rtt", AtLeast, "min_e2e_rtt", number(e2e.min()));
        all.add("e2e_rtt", AtMost, "max_e2e_rtt", number(e2e.max()));
        all.add(
            "terminal_type_key",
            WholeLike,
            "terminal_type_pattern",
            part,
        );
        all.add(
            "connection_start_time",
            AtLeast,
            "start_time",
            time(filter.time().start()),
        );
        all.add(
            "connection_start_time",
            Below,
            "end_time",
            time(filter.time().end()),
        );
        all
    }

    /// The same, from a position on, to which the filter is [`narrowed`](super::narrowed).
    pub(crate) fn from<D: Dialect>(mut self, position: &'f Position) -> Self {
        let start = Moment(D::bound(position.start_time));
        self.0.push(Predicate::From { start, position });
        self
    }

    fn add(
        &mut self,
        column: &'static str,
        test: Test,
        name: &'static str,
        value: Option<Value<'f>>,
    ) {
        self.0.extend(value.map(|value| Predicate::Compare {
            column,
            test,
            name,
            value,
        }));
    }

    /// The same with other values, each made of its name and what it was. A position keeps its own.
    pub(crate) fn map(
        mut self,
        mut with: impl FnMut(&'static str, Value<'f>) -> Value<'f>,
    ) -> Self {
        for predicate in &mut self.0 {
            if let Predicate::Compare { name, value, .. } = predicate {
                *value = with(name, std::mem::replace(value, Value::Number(0)));
            }
        }
        self
    }
}

impl Expression for Predicates<'_> {
    type SqlType = Bool;
}

impl AppearsOnTable<connection_records::table> for Predicates<'_> {}

impl<GroupBy> ValidGrouping<GroupBy> for Predicates<'_> {
    type IsAggregate = is_aggregate::No;
}

impl QueryId for Predicates<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<D: Dialect> QueryFragment<D> for Predicates<'_>
where
    str: ToSql<Text, D>,
    i32: ToSql<Integer, D>,
    Moment: ToSql<Micros, D>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, D>) -> QueryResult<()> {
        for (index, predicate) in self.0.iter().enumerate() {
            if index > 0 {
                out.push_sql(" AND ");
            }
            let (column, test, value) = match predicate {
                Predicate::Compare {
                    column,
                    test,
                    value,
                    ..
                } => (column, *test, value),
                Predicate::From { start, position } => {
                    out.push_sql("(");
                    out.push_identifier("connection_start_time")?;
                    out.push_sql(" < ");
                    out.push_bind_param::<Micros, _>(start)?;
                    out.push_sql(" OR ");
                    out.push_identifier("transaction_id")?;
                    out.push_sql(if position.included { " <= " } else { " < " });
                    out.push_bind_param::<Text, _>(position.transaction_id.as_str())?;
                    out.push_sql(")");
                    continue;
                }
            };
            out.push_identifier(column)?;
            out.push_sql(test.operator());
            match value {
                Value::Text(value) => out.push_bind_param::<Text, str>(value)?,
                Value::Time(time) => out.push_bind_param::<Micros, _>(time)?,
                Value::Number(number) => out.push_bind_param::<Integer, _>(number)?,
                Value::Sql(sql) => out.push_sql(sql),
            }
            if let Test::Like | Test::WholeLike = test {
                out.push_sql(D::ESCAPE);
            }
            if let Test::WholeLike = test {
                let [before, after] = D::BYTES;
                out.push_sql(" AND ");
                out.push_sql(before);
                out.push_identifier(column)?;
                out.push_sql(&format!("{after} <= {}", MatchKey::MAX_PLAIN_BYTES));
            }
        }
        Ok(())
    }
}
