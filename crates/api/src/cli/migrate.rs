use deskledger_api::Settings;

use super::failure::Failure;
use super::output::print_line;

/// Brings the schema up to date and names what was done.
pub(super) fn run(settings: &Settings) -> Result<(), Failure> {
    let store = deskledger_store::open(&settings.store()).map_err(Failure::new)?;
    let migrations = store.migrate().map_err(Failure::new)?;
    for migration in &migrations {
        print_line(format_args!("migrated {migration}"))?;
    }
    if migrations.is_empty() {
        print_line("the schema is up to date")?;
    }
    Ok(())
}
