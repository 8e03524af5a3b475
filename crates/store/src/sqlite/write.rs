//! Writing: two prepared statements in one transaction.

use deskledger_domain::ConnectionRecord;
use diesel::prelude::*;

use super::schema::{NewRecord, connection_records};
use crate::{Written, batch};

pub(super) fn write(
    connection: &mut SqliteConnection,
    records: &[ConnectionRecord],
) -> QueryResult<Written> {
    let records = batch::last_of_each(records);
    // The lock to write is taken at once: whoever takes it after having read may have to give up.
    connection.immediate_transaction(|connection| {
        let mut written = Written::default();
        for record in records {
            let row = NewRecord::new(record);
            // An upsert would not say which of the two it did.
            let inserted = diesel::insert_into(connection_records::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(connection)?;
            if inserted == 0 {
                let identity = (
                    record.project_id().as_str(),
                    record.fields().transaction_id.as_str(),
                );
                diesel::update(connection_records::table.find(identity))
                    .set(&row)
                    .execute(connection)?;
                written.updated += 1;
            } else {
                written.inserted += 1;
            }
        }
        Ok(written)
    })
}
