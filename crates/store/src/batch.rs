//! What of a batch is written.

use std::collections::BTreeMap;

use deskledger_domain::ConnectionRecord;

/// The records that a batch leaves behind: of several with the same identity the last one.
///
/// They are in the order of their identity, so that two writers who update the same records lock them in the same
/// order and never wait for each other in a circle.
pub(crate) fn last_of_each(records: &[ConnectionRecord]) -> Vec<&ConnectionRecord> {
    records
        .iter()
        .map(|record| {
            let identity = (
                record.project_id().as_str(),
                record.fields().transaction_id.as_str(),
            );
            (identity, record)
        })
        .collect::<BTreeMap<_, _>>()
        .into_values()
        .collect()
}
