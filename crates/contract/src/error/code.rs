//! What a code says of itself.

use deskledger_domain::Language;

use super::ErrorCode;

impl ErrorCode {
    /// The most characters a code may have (`contract.md` §5).
    pub const MAX_CHARS: usize = 12;

    /// The status of the response, such as 404.
    pub const fn status(self) -> u16 {
        self.row().status.number
    }

    /// What its status is called, in one word, such as `NotFound`.
    pub(crate) const fn status_name(self) -> &'static str {
        self.row().status.name
    }

    /// The first code of a status; for a status that has none, that of a request that cannot be understood (below 500) or of
    /// our fault.
    pub fn of_status(status: u16) -> Self {
        let code = Self::ALL.iter().copied();
        let mut codes = code.filter(|code| code.status() == status);
        codes.next().unwrap_or(if status < 500 {
            Self::InvalidRequest
        } else {
            Self::Internal
        })
    }

    /// The code in the body: at most [`ErrorCode::MAX_CHARS`] characters.
    pub const fn code(self) -> &'static str {
        self.row().code
    }

    /// What it means, for people.
    pub const fn meaning(self, language: Language) -> &'static str {
        self.row().meaning.text(language)
    }

    /// What a client that meets it can do.
    pub const fn remedy(self, language: Language) -> &'static str {
        self.row().remedy.text(language)
    }
}
