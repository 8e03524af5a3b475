//! The filter of the log: what it may say, and which names in it are of nobody.

use std::str::FromStr as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::check::wrong;
use super::{LoggingSettings, SettingsError};

/// The versions of all crates that this program is made of, from which their names are taken.
const CRATES: &str = include_str!("../../../Cargo.lock");

impl LoggingSettings {
    /// Checks the filter. The library takes a word that is no level for the name of a module, of which it then logs
    /// everything, and of all others nothing.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        const KEY: &str = "logging.level";

        let names_no_level = |directive: &&str| {
            let level = directive
                .rsplit_once('=')
                .map_or(*directive, |(_, level)| level);
            let level = level.trim();
            // The library takes nothing for a level too, and logs nothing.
            !directive.contains('[') && (level.is_empty() || LevelFilter::from_str(level).is_err())
        };
        if let Some(directive) = self.level.split(',').find(names_no_level) {
            let reason = format!(
                "{directive:?} names no level: the levels are off, error, warn, info, debug and trace, as in info,deskledger_api=debug"
            );
            return Err(wrong(KEY, reason));
        }
        EnvFilter::from_str(&self.level).map(|_| ()).map_err(|_| {
            let reason = format!(
                "{:?} is not a filter: write levels, as in info,deskledger_api=debug",
                self.level
            );
            wrong(KEY, reason)
        })
    }

    /// The modules in the filter that are in no crate of this program.
    pub(super) fn unknown_targets(&self) -> Vec<&str> {
        let directives = self.level.split(',');
        let targets = directives.filter_map(|directive| directive.split_once('='));
        targets
            .map(|(target, _)| target.trim())
            .filter(|target| !target.contains('[') && !is_known(target))
            .collect()
    }
}

/// Whether there is a crate whose modules have names that begin with this one, as the filter compares them.
fn is_known(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    let crates = CRATES.lines().filter_map(|line| {
        let name = line.strip_prefix("name = \"")?.strip_suffix('"')?;
        Some(name.replace('-', "_"))
    });
    crates
        .into_iter()
        .any(|known| known == name || known.starts_with(target))
}

#[cfg(test)]
mod tests {
    use crate::Settings;

    #[test]
    fn a_target_of_no_crate_is_unknown_and_the_beginning_of_one_is_not() {
        let mut logging = Settings::defaults().unwrap().logging;
        assert_eq!(logging.unknown_targets(), [""; 0]);
        logging.level =
            "info,nosuch=debug,deskledger_api::task=debug,deskledger=warn,actix=off,actix_htp=off"
                .to_owned();
        assert_eq!(logging.unknown_targets(), ["nosuch", "actix_htp"]);
    }
}
