//! What a column is called, what it holds and how wide it is.

use crate::cell::Cell;

/// The most columns a sheet can have.
pub(crate) const MAX_COLUMNS: usize = 16_384;

/// The widest column Excel can show, in characters of the default font.
pub(crate) const MAX_WIDTH: f64 = 255.0;

/// What the filter button and the bold face need beside a header, in characters.
const HEADER_ROOM: u16 = 4;

/// A default width stops here, however long the header is.
const MAX_DEFAULT_WIDTH: u16 = 60;

/// What the cells of a column hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Text, see [`Cell::Text`].
    Text,
    /// Whole numbers, shown with all digits and no separators.
    Integer,
    /// Numbers, shown in Excel's general format.
    Decimal,
    /// Dates with times, shown as `yyyy-mm-dd hh:mm:ss`.
    DateTime,
    /// Lengths of time, shown as `[h]:mm:ss`: hours go on past 24.
    Duration,
    /// Yes or no, shown as one of two texts; [`ColumnKind::boolean`] makes one.
    Boolean {
        /// The text of `true`.
        when_true: String,
        /// The text of `false`.
        when_false: String,
    },
}

impl ColumnKind {
    /// A column of booleans, written as the two texts.
    ///
    /// ```
    /// use deskledger_workbook::{Column, ColumnKind};
    ///
    /// let column = Column::new("Reconnection", ColumnKind::boolean("Yes", "No"));
    /// # assert_eq!(column.header(), "Reconnection");
    /// ```
    pub fn boolean(when_true: impl Into<String>, when_false: impl Into<String>) -> Self {
        Self::Boolean {
            when_true: when_true.into(),
            when_false: when_false.into(),
        }
    }

    /// Whether a cell may stand in a column of this kind.
    pub(crate) fn accepts(&self, cell: &Cell<'_>) -> bool {
        matches!(
            (self, cell),
            (_, Cell::Empty)
                | (Self::Text, Cell::Text(_))
                | (Self::Integer, Cell::Integer(_))
                | (Self::Decimal, Cell::Decimal(_))
                | (Self::DateTime, Cell::DateTime(_))
                | (Self::Duration, Cell::Duration(_))
                | (Self::Boolean { .. }, Cell::Boolean(_))
        )
    }

    /// The length of its longest text, in bytes, where the texts are those of the column.
    pub(crate) fn longest_text(&self) -> usize {
        match self {
            Self::Boolean {
                when_true,
                when_false,
            } => when_true.len().max(when_false.len()),
            _ => 0,
        }
    }

    /// Which of the forms of numbers its cells have, for the compressor; those of text come first.
    pub(crate) fn form(&self) -> u8 {
        match self {
            Self::Integer => 5,
            Self::Decimal => 6,
            Self::DateTime => 7,
            Self::Duration => 8,
            Self::Text | Self::Boolean { .. } => 1,
        }
    }

    /// What the column holds, for an error message.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integers",
            Self::Decimal => "decimals",
            Self::DateTime => "dates and times",
            Self::Duration => "durations",
            Self::Boolean { .. } => "booleans",
        }
    }

    /// The width that shows a usual value whole, in characters.
    fn usual_width(&self) -> u16 {
        match self {
            Self::DateTime => 22,
            Self::Text => 20,
            Self::Integer | Self::Decimal | Self::Duration => 12,
            Self::Boolean {
                when_true,
                when_false,
            } => shown_width(when_true)
                .max(shown_width(when_false))
                .saturating_add(2),
        }
    }
}

/// One column of the table: its header, its kind and its width.
///
/// ```
/// use deskledger_workbook::{Column, ColumnKind};
///
/// let user = Column::new("Username", ColumnKind::Text).width(24.0);
/// assert_eq!(user.header(), "Username");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    header: String,
    kind: ColumnKind,
    width: Option<f64>,
}

impl Column {
    /// A column with the text of its header, which is as safe as any other text of the workbook. Two columns may
    /// have the same header; an empty one leaves its cell blank.
    pub fn new(header: impl Into<String>, kind: ColumnKind) -> Self {
        Self {
            header: header.into(),
            kind,
            width: None,
        }
    }

    /// Sets the width in characters of the default font, more than 0 and at most 255; Excel rounds it to whole
    /// pixels. Any other number is an error of [`build`](crate::WorkbookBuilder::build).
    ///
    /// Without this call the width follows from the kind and the header.
    #[must_use]
    pub fn width(mut self, characters: f64) -> Self {
        self.width = Some(characters);
        self
    }

    /// The text of the header.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// What the cells hold.
    pub fn kind(&self) -> &ColumnKind {
        &self.kind
    }

    /// The width in characters: the one asked for, or the default.
    pub(crate) fn effective_width(&self) -> f64 {
        self.width.unwrap_or_else(|| {
            let header = shown_width(&self.header).saturating_add(HEADER_ROOM);
            f64::from(self.kind.usual_width().max(header).min(MAX_DEFAULT_WIDTH))
        })
    }
}

/// The width of a text in characters of the default font: a CJK character is as wide as two digits.
fn shown_width(text: &str) -> u16 {
    text.chars()
        .map(|character| if character >= '\u{2E80}' { 2 } else { 1 })
        .fold(0, u16::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_width_shows_a_date_whole() {
        let column = Column::new("At", ColumnKind::DateTime);
        assert!(column.effective_width() > 19.0);
    }

    #[test]
    fn a_default_width_shows_the_header_with_its_filter_button() {
        let column = Column::new("Connection Established (UTC)", ColumnKind::DateTime);
        assert!((column.effective_width() - 32.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_chinese_header_counts_twice() {
        let column = Column::new("客户端出口地址与端口号", ColumnKind::Integer);
        assert!((column.effective_width() - 26.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_default_width_is_bounded() {
        let column = Column::new("x".repeat(100_000), ColumnKind::Integer);
        assert!((column.effective_width() - 60.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_width_asked_for_wins() {
        let column = Column::new("A long header, longer than its column", ColumnKind::Text);
        assert!((column.width(3.5).effective_width() - 3.5).abs() < f64::EPSILON);
    }
}
