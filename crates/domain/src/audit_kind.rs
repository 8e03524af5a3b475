//! The kinds of audits: how records were handed out, whether they were deleted, who signed in, and how it ended.

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
    /// By which way records were handed out or deleted, or that it was about a session, an access key or the audit.
    AuditVia, "via", 8,
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
    /// The session of somebody who signs in.
    Session = "session",
    /// An access key of the database.
    AccessKey = "access_key",
    /// The audit itself, as a file.
    Audit = "audit",
}

named! {
    /// What was done.
    AuditAction, "action", 7,
    /// Records were handed out.
    Read = "read",
    /// Something that holds records was deleted.
    Delete = "delete",
    /// Somebody signed in.
    SignIn = "sign_in",
    /// Somebody signed out.
    SignOut = "sign_out",
    /// Somebody ended a session, not by signing out of it: another one of theirs, or that of another user.
    EndSession = "end_session",
    /// Somebody made an access key.
    MakeAccessKey = "make_access_key",
    /// Somebody revoked an access key.
    RevokeAccessKey = "revoke_access_key",
}

named! {
    /// What became of it, without the details.
    AuditOutcome, "outcome", 8,
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
    /// Somebody cancelled it.
    Cancelled = "cancelled",
    /// The database, the storage or the writing failed.
    Failed = "failed",
    /// The process ended before the export.
    Interrupted = "interrupted",
}

named! {
    /// With what somebody proved who they are.
    CredentialKind, "credential", 5,
    /// A token, in the header `X-Auth-Token`.
    Token = "token",
    /// A signature, made with an access key.
    AccessKey = "access_key",
    /// The session of somebody who signed in before.
    Session = "session",
    /// A user and a password of IAM, to sign in.
    Password = "password",
    /// A provider of `OpenID` Connect, to sign in.
    Oidc = "oidc",
}
