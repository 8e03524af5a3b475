//! Reads the settings that a service would start with, and says what an operator should know of them.
//!
//! ```sh
//! DESKLEDGER__LIMITS__EXPORTS=8 cargo run -p deskledger-settings --example settings -- config/production.toml
//! ```

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use deskledger_settings::Settings;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).map(PathBuf::from);
    let settings = Settings::load(file.as_deref())?;
    let mut output = std::io::stdout();
    writeln!(output, "{} exports at once", settings.limits.exports)?;
    for notice in settings.notices() {
        writeln!(output, "notice: {notice}")?;
    }
    Ok(())
}
