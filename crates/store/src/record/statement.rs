//! A statement that Diesel has no words for, with what a filter asks in it.

use std::marker::PhantomData;

use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Integer, Text};
use diesel::{Connection, QueryResult, RunQueryDsl};

use super::{Dialect, Predicates, Token};
use crate::moment::{Micros, Moment};

/// A statement whose rows have the SQL type `Row`.
#[derive(Debug)]
pub(crate) struct Statement<'f, Row> {
    tokens: Vec<Token<'f>>,
    row: PhantomData<Row>,
}

impl<'f, Row> Statement<'f, Row> {
    pub(crate) const fn new() -> Self {
        Self {
            tokens: Vec::new(),
            row: PhantomData,
        }
    }

    /// Goes on with SQL.
    pub(crate) fn sql(mut self, sql: &'static str) -> Self {
        self.tokens.push(Token::Sql(sql));
        self
    }

    /// Goes on with a value.
    pub(crate) fn value(mut self, value: super::Value<'f>) -> Self {
        self.tokens.push(Token::Value("", value));
        self
    }

    /// Goes on with all conditions of a filter.
    pub(crate) fn all(mut self, predicates: Predicates<'f>) -> Self {
        self.tokens.extend(predicates.into_tokens());
        self
    }
}

impl<Row> Query for Statement<'_, Row> {
    type SqlType = Row;
}

impl<Row> QueryId for Statement<'_, Row> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: Connection, Row> RunQueryDsl<C> for Statement<'_, Row> {}

impl<D: Dialect, Row> QueryFragment<D> for Statement<'_, Row>
where
    str: ToSql<Text, D>,
    i32: ToSql<Integer, D>,
    Moment: ToSql<Micros, D>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, D>) -> QueryResult<()> {
        for token in &self.tokens {
            token.walk(out.reborrow())?;
        }
        Ok(())
    }
}
