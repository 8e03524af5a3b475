//! Prints the table of error codes: status, code and meaning.
//!
//! ```sh
//! cargo run -p deskledger-contract --example codes
//! ```

use deskledger_contract::ErrorCode;
use deskledger_domain::Language;

#[expect(clippy::print_stdout, reason = "an example prints what it shows")]
fn main() {
    for code in ErrorCode::ALL {
        println!(
            "{} {:12} {}",
            code.status(),
            code.code(),
            code.meaning(Language::EnUs)
        );
    }
}
