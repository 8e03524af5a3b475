use std::fmt;

use thiserror::Error;

use super::Action;

/// Why somebody may not do something: the rule of the policy that denied it, and what it looked at.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Denial {
    /// The credentials are for another project than the one in the request. The roles were not checked.
    #[error("the credentials are for another project")]
    OtherProject,
    /// None of the principal's roles allows the action.
    #[error(
        "no role of the user allows {action} (without it: {}; not in the policy: {})",
        Names(lacking),
        Names(unknown)
    )]
    NoRole {
        /// The action that was requested.
        action: Action,
        /// The principal's roles that the policy names. None of them allows the action.
        lacking: Vec<String>,
        /// The principal's roles that the policy does not name.
        unknown: Vec<String>,
    },
}

impl Denial {
    /// The name of the rule that denied: `other_project` or `no_role`.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::OtherProject => "other_project",
            Self::NoRole { .. } => "no_role",
        }
    }
}

/// The first of some names: a token may come with hundreds of roles.
struct Names<'a>(&'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;

        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (position, name) in self.0.iter().take(SHOWN).enumerate() {
            let comma = if position > 0 { ", " } else { "" };
            write!(f, "{comma}{name:?}")?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_role(lacking: &[&str], unknown: &[&str]) -> String {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Denial::NoRole {
            action: Action::ListConnections,
            lacking: owned(lacking),
            unknown: owned(unknown),
        }
        .to_string()
    }

    #[test]
    fn a_denial_names_the_roles_that_were_looked_at() {
        assert_eq!(
            no_role(&["clerk"], &[]),
            "no role of the user allows workspace:connections:securityList \
             (without it: \"clerk\"; not in the policy: none)"
        );
        assert!(
            no_role(&[], &["a", "b", "c", "d", "e", "f", "g"])
                .ends_with("(without it: none; not in the policy: \"a\", \"b\", \"c\", \"d\", \"e\" and 2 more)")
        );
    }
}
