//! The values of a field, whichever database counts them.

use deskledger_domain::{FieldValues, ValueField};

/// The columns of a field: what distinguishes its values, and what is shown. Of a domain both are the key of the user's name,
/// which it is the end of.
pub(crate) const fn columns(field: ValueField) -> [&'static str; 2] {
    let value = field.recorded();
    let key = match field {
        ValueField::UserName => "user_name_key",
        ValueField::Domain => return ["user_name_key", "user_name_key"],
        ValueField::ComputerName => "computer_name_key",
        ValueField::TerminalType => "terminal_type_key",
        _ => value,
    };
    [key, value]
}

/// The most frequent values, those of the same count by their bytes.
pub(crate) fn in_order(mut values: Vec<(String, u64)>, limit: u32, exact: bool) -> FieldValues {
    values.sort_unstable_by(|(value, count), (other, others)| {
        others.cmp(count).then_with(|| value.cmp(other))
    });
    values.truncate(limit as usize);
    FieldValues { values, exact }
}
