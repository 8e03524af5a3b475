//! Makes an access key, seals its secret as the database keeps it, and opens it again.
//!
//! ```sh
//! cargo run -p deskledger-identity --example key
//! ```

use std::error::Error;
use std::io::Write as _;

use deskledger_domain::{Principal, ProjectId};
use deskledger_identity::{GeneratedAccessKey, Sealer, SealingKey, SecretSealer};

fn main() -> Result<(), Box<dyn Error>> {
    let key = GeneratedAccessKey::generate()?;
    let owner = Principal::new("ann", ProjectId::new("p1")?, ["te_admin"]);
    let secrets = SecretSealer::new(Sealer::new(SealingKey::random()?, Vec::new()));
    let sealed = secrets.seal(&key.id, &owner, &key.secret)?;
    writeln!(
        std::io::stdout(),
        "access key {} of {}: {} sealed bytes",
        key.id,
        owner.user(),
        sealed.len()
    )?;
    Ok(())
}
