//! Shows a query as an audit keeps it: only the parameters that say what was asked for, percent-encoded.
//!
//! ```sh
//! cargo run -p deskledger-audit --example query
//! ```

use std::io::{self, Write as _};

use deskledger_audit::query_text;
use deskledger_domain::{AuditedQuery, ExportFormat};

fn main() -> io::Result<()> {
    let sent = [("user_name", "Müller"), ("secret", "x")];
    let sent = sent.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let query = AuditedQuery::of_pairs(sent.to_vec(), ExportFormat::Csv);
    writeln!(io::stdout(), "{}", query_text(&query))
}
