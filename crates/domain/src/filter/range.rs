/// Whole numbers from the least to the greatest: milliseconds of a round trip, seconds of a connection. Both are in the range, and
/// either may be open.
///
/// A range means what was measured. A negative number was not: agents send -1 where they know none. It is kept and handed
/// out as it was sent, and is in no range but [`ALL`](Self::ALL).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NumberRange {
    min: Option<u32>,
    max: Option<u32>,
}

impl NumberRange {
    /// Every number, and that none is known.
    pub const ALL: Self = Self {
        min: None,
        max: None,
    };

    /// The greatest that a record can hold.
    pub const MOST: u32 = i32::MAX as u32;

    /// A range; `None` where it would be empty or beyond [`MOST`](Self::MOST).
    pub fn new(min: Option<u32>, max: Option<u32>) -> Option<Self> {
        let empty = min.is_some_and(|min| max.is_some_and(|max| min > max));
        let known = [min, max]
            .into_iter()
            .flatten()
            .all(|number| number <= Self::MOST);
        (known && !empty).then_some(Self { min, max })
    }

    /// The least, as a record holds it: 0 where only the greatest is given. `None` where all are in the range.
    pub fn min(self) -> Option<i32> {
        self.min.or(self.max.map(|_| 0)).map(u32::cast_signed)
    }

    /// The greatest, as a record holds it; `None` where there is no upper limit.
    pub fn max(self) -> Option<i32> {
        self.max.map(u32::cast_signed)
    }

    /// Whether a number, where one is known, is in the range.
    pub fn contains(self, number: Option<i32>) -> bool {
        match number {
            Some(number) => {
                self.min().is_none_or(|min| min <= number)
                    && self.max().is_none_or(|max| number <= max)
            }
            None => self == Self::ALL,
        }
    }
}
