//! The kinds of audits: how records were handed out, whether they were deleted, and how it ended.

use std::fmt;
use std::str::FromStr;

use crate::InvalidAudit;

/// Makes an enumeration whose values have names, as they are stored and sent.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident, $field:literal, $count:literal, $($(#[$of:meta])* $variant:ident = $text:literal,)+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$of])* $variant,)+
        }

        impl $name {
            /// Every one there is.
            pub const ALL: [Self; $count] = [$(Self::$variant,)+];

            /// Its name, as it is stored and sent.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = InvalidAudit;

            fn from_str(name: &str) -> Result<Self, InvalidAudit> {
                Self::ALL
                    .into_iter()
                    .find(|one| one.name() == name)
                    .ok_or(InvalidAudit::Value { field: $field })
            }
        }
    };
}

named! {
    /// By which way records were handed out or deleted.
    AuditVia, "via", 5,
    /// An export, straight to the client.
    Export = "export",
    /// An export task, which writes a file and may be deleted.
    Task = "task",
    /// The download of the file of a task.
    Download = "download",
    /// A link to an export.
    Link = "link",
    /// Pages of the list of records.
    List = "list",
}

named! {
    /// What was done.
    AuditAction, "action", 2,
    /// Records were handed out.
    Read = "read",
    /// Something that holds records was deleted.
    Delete = "delete",
}

named! {
    /// What became of it, without the details.
    AuditOutcome, "outcome", 7,
    /// It goes on.
    Running = "running",
    /// All was handed over, or deleted.
    Done = "done",
    /// It was not begun.
    Refused = "refused",
    /// The client left before it had everything.
    ClientLeft = "client_left",
    /// The client took nothing, or too little, for too long.
    ClientSlow = "client_slow",
    /// The database, the storage or the writing failed.
    Failed = "failed",
    /// The process ended before the export.
    Interrupted = "interrupted",
}

named! {
    /// With what somebody proved who they are.
    CredentialKind, "credential", 2,
    /// A token, in the header `X-Auth-Token`.
    Token = "token",
    /// A signature, made with an access key.
    AccessKey = "access_key",
}
