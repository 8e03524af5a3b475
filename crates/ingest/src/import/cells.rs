use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

/// The cells of one CSV record, out of its lines.
pub(super) struct Cells {
    parser: Reader,
    /// The texts of the cells, one after the other.
    text: Vec<u8>,
    text_length: usize,
    /// Where each cell ends in `text`.
    ends: Vec<usize>,
    count: usize,
}

impl Cells {
    pub(super) fn new() -> Self {
        Self {
            // A line feed alone ends a record, so that a record always ends where a line does.
            parser: ReaderBuilder::new()
                .terminator(Terminator::Any(b'\n'))
                .build(),
            text: vec![0; 4096],
            text_length: 0,
            ends: vec![0; 32],
            count: 0,
        }
    }

    /// Forgets the cells. The record before must have been complete.
    pub(super) fn clear(&mut self) {
        self.text_length = 0;
        self.count = 0;
    }

    /// Takes the next line of the record. True where the record is complete; else a quoted cell goes on in the line
    /// after it.
    pub(super) fn feed(&mut self, line: &[u8]) -> bool {
        let is_complete = self.parse(line);
        if line.ends_with(b"\n") {
            if is_complete && line.ends_with(b"\r\n") {
                self.drop_carriage_return();
            }
            is_complete
        } else {
            // The input ends here, without a line end.
            self.parse(b"\n")
        }
    }

    /// Takes a part of a record whose cells nobody wants. True where the record is complete.
    pub(super) fn skip(&mut self, mut part: &[u8]) -> bool {
        loop {
            let (result, read, _, _) =
                self.parser
                    .read_record(part, &mut self.text, &mut self.ends);
            part = &part[read..];
            match result {
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::InputEmpty => return false,
                ReadRecordResult::Record | ReadRecordResult::End => return true,
            }
        }
    }

    /// How many cells there are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The cells, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends[..self.count].iter().map(move |&end| {
            let cell = &self.text[start..end];
            start = end;
            cell
        })
    }

    fn parse(&mut self, mut input: &[u8]) -> bool {
        loop {
            let (result, read, written, ended) = self.parser.read_record(
                input,
                &mut self.text[self.text_length..],
                &mut self.ends[self.count..],
            );
            input = &input[read..];
            self.text_length += written;
            self.count += ended;
            match result {
                // Neither outgrows the record, which is not longer than a line may be.
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty => return false,
                ReadRecordResult::Record | ReadRecordResult::End => return true,
            }
        }
    }

    /// The last cell took the carriage return before the line feed for its own.
    fn drop_carriage_return(&mut self) {
        let last = self.ends[..self.count].last_mut();
        if let Some(end) = last
            && self.text[..*end].ends_with(b"\r")
        {
            *end -= 1;
        }
    }
}
