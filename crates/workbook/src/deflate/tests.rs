use std::io::Read;

use proptest::prelude::*;

use super::*;

/// How many bytes are put at once, as in life.
const BATCH: usize = 64 << 10;

/// A compressor with the rows that wait for it.
struct Stream {
    deflater: Deflater,
    rows: Rows,
}

impl Stream {
    fn new(columns: usize) -> Self {
        Self {
            deflater: Deflater::new(columns),
            rows: Rows::with_capacity(0),
        }
    }

    fn extend(&mut self, bytes: &[u8]) -> usize {
        self.rows.buffer.extend(bytes);
        self.rows.buffer.end()
    }

    /// The positions are the ends of the counter and those of the value.
    fn end_cell(&mut self, column: usize, form: u8, positions: [usize; 4]) {
        let [counter, counter_end, value, end] =
            positions.map(|position| u32::try_from(position).unwrap());
        self.rows.marks.push(Mark {
            counter,
            value,
            end,
            column: u16::try_from(column).unwrap(),
            form,
            digits: u8::try_from(counter_end - counter).unwrap_or(u8::MAX),
        });
        if self.rows.size() > 2 * BATCH {
            self.put();
        }
    }

    fn end_row(&mut self) {
        if self.rows.size() > BATCH {
            self.put();
        }
    }

    fn put(&mut self) {
        self.deflater.put(&mut self.rows);
        self.rows.clear();
    }

    fn literals(&mut self, bytes: &[u8]) {
        self.put();
        self.deflater.put_literals(bytes);
    }

    /// Ends the stream, checks the totals that it reports, and returns what came out.
    fn finish(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.put();
        let expected = Total {
            checksum: crc32fast::hash(bytes),
            size: bytes.len() as u64,
        };
        assert_eq!(self.deflater.finish(), expected);
        let output = self.deflater.output().to_vec();
        self.deflater.clear_output();
        output
    }
}

/// A cell of a test: its value and its form.
type TestCell = (Vec<u8>, u8);

/// Rows as a sheet has them: markup with the row's number around values.
fn put_rows(stream: &mut Stream, rows: &[Vec<Option<TestCell>>], first: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let put = |stream: &mut Stream, bytes: &mut Vec<u8>, chunk: &[u8]| {
        bytes.extend(chunk);
        stream.extend(chunk)
    };
    for (number, row) in (first..).zip(rows) {
        let number = number.to_string();
        let opening = [(0, Some((Vec::new(), 0)))];
        for (column, cell) in opening.into_iter().chain((1..).zip(row.iter().cloned())) {
            let Some((value, form)) = cell else { continue };
            let counter = put(stream, &mut bytes, format!("<c{column} r=\"").as_bytes());
            let counter_end = put(stream, &mut bytes, number.as_bytes());
            let start = put(stream, &mut bytes, format!("\" form{form}>").as_bytes());
            let end = put(stream, &mut bytes, &value);
            put(stream, &mut bytes, b"</c>");
            stream.end_cell(column, form, [counter, counter_end, start, end]);
        }
        put(stream, &mut bytes, b"</row>");
        stream.end_row();
    }
    bytes
}

/// Two decoders give the bytes back, and nothing was blown up.
#[track_caller]
fn assert_inflates(output: &[u8], bytes: &[u8]) {
    let mut one = Vec::new();
    let mut decoder = flate2::bufread::DeflateDecoder::new(output);
    decoder.read_to_end(&mut one).unwrap();
    assert!(one == bytes, "zlib-rs reads other bytes");
    assert_eq!(
        decoder.total_in(),
        output.len() as u64,
        "something stands behind the stream"
    );
    let other = zune_inflate::DeflateDecoder::new(output)
        .decode_deflate()
        .unwrap();
    assert!(other == bytes, "zune-inflate reads other bytes");
    let most = bytes.len() + bytes.len() / 500 + 200;
    assert!(
        output.len() <= most,
        "{} bytes became {}",
        bytes.len(),
        output.len()
    );
}

#[track_caller]
fn round_trip(rows: &[Vec<Option<TestCell>>], first: usize) -> usize {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(1);
    let mut stream = Stream::new(columns);
    let bytes = put_rows(&mut stream, rows, first);
    let output = stream.finish(&bytes);
    assert_inflates(&output, &bytes);
    output.len()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a cell of a row that may lack cells"
)]
fn text(text: &str) -> Option<TestCell> {
    Some((text.as_bytes().to_vec(), 1))
}

/// Bytes without a pattern, the same every time.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| byte()).collect()
}

#[test]
fn no_bytes_make_a_stream() {
    let mut stream = Stream::new(1);
    let output = stream.finish(b"");
    assert_inflates(&output, b"");
}

#[test]
fn rows_of_nothing_make_a_stream() {
    round_trip(&vec![vec![None; 3]; 10], 1);
    round_trip(&vec![vec![]; 10], 1);
}

#[test]
fn equal_rows_take_little_but_for_their_numbers() {
    let row: Vec<_> = (0..20)
        .map(|number| text(&format!("the value of column {number}")))
        .collect();
    let size = round_trip(&vec![row; 2_000], 100_000);
    assert!(size < 2_000 * 70, "{size}");
}

#[test]
fn values_of_few_take_little() {
    let row = |number: usize| -> Vec<_> {
        (0..20)
            .map(|column| text(&format!("the value number {}", number * (column + 3) % 7)))
            .collect()
    };
    let size = round_trip(&(0..2_000).map(row).collect::<Vec<_>>(), 100_000);
    assert!(size < 2_000 * 110, "{size}");
}

#[test]
fn noise_is_stored() {
    for length in [1, 3, 300, 65_535, 65_536, 200_000, 300_000] {
        let rows: Vec<_> = (0..20)
            .map(|seed| vec![Some((noise(seed + 1, length), 1))])
            .collect();
        round_trip(&rows, 1);
    }
}

#[test]
fn noise_between_rows_and_rows_between_noise_stay_small() {
    let mut rows = Vec::new();
    for round in 0..6 {
        rows.extend(vec![vec![text("a value"), text("another")]; 3_000]);
        rows.extend((0..40).map(|seed| vec![Some((noise(seed + round * 99, 9_000), 1)), None]));
    }
    round_trip(&rows, 1);
}

#[test]
fn a_long_run_is_a_chain_of_matches() {
    let rows = vec![vec![Some((vec![b'x'; 229_369], 1))]; 4];
    round_trip(&rows, 1);
}

#[test]
fn values_at_the_edge_of_the_window_are_read_back() {
    // The same value in every second row, at distances around 32,768 bytes.
    for length in 16_300..16_400 {
        let rows: Vec<_> = (0..6)
            .map(|number| vec![Some((noise(number % 2 + 1, length), 1))])
            .collect();
        round_trip(&rows, 1);
    }
}

#[test]
fn numbers_of_more_digits_are_read_back() {
    for first in [1, 95, 995, 9_990, 99_990, 999_950] {
        let rows = vec![vec![text("a"), text("b"), None, text("a longer value")]; 100];
        round_trip(&rows, first);
    }
}

#[test]
fn a_row_larger_than_all_memory_of_the_model_is_read_back() {
    let row: Vec<_> = (0..3_000)
        .map(|number| Some((noise(number % 50 + 1, 100), 1)))
        .collect();
    round_trip(&vec![row; 5], 1);
}

#[test]
fn literals_stand_between_rows() {
    let mut stream = Stream::new(2);
    let mut bytes = noise(7, 150_000);
    stream.literals(&bytes.clone());
    let rows = vec![vec![text("one"), text("two")]; 5_000];
    bytes.extend(put_rows(&mut stream, &rows, 2));
    stream.literals(b"the end");
    bytes.extend(b"the end");
    let output = stream.finish(&bytes);
    assert_inflates(&output, &bytes);
}

#[test]
fn a_stream_does_not_reach_into_the_one_before() {
    let mut stream = Stream::new(2);
    let rows = vec![vec![text("one value"), text("two values")]; 3_000];
    let mut first = None;
    for _ in 0..3 {
        let bytes = put_rows(&mut stream, &rows, 2);
        let output = stream.finish(&bytes);
        assert_inflates(&output, &bytes);
        assert!(
            *first.get_or_insert_with(|| output.clone()) == output,
            "streams of equal rows differ"
        );
    }
}

#[test]
fn wrong_marks_cost_size_and_nothing_else() {
    let mut stream = Stream::new(3);
    let bytes = noise(3, 60_000).repeat(4);
    for (number, part) in bytes.chunks(700).enumerate() {
        let end = stream.extend(part);
        let start = end - part.len();
        let at = |share: usize| start + (end - start) * (number * share % 11) / 11;
        let mut positions = [at(1), at(2), at(3), at(4)];
        positions.sort_unstable();
        stream.end_cell(number % 9, u8::try_from(number % 40).unwrap(), positions);
        if number % 5 == 0 {
            stream.end_row();
        }
    }
    let output = stream.finish(&bytes);
    assert_inflates(&output, &bytes);
}

/// What a batch ends with waits for the next, which may begin with the longest codes.
#[test]
fn the_longest_codes_follow_what_waits_of_the_batch_before() {
    let mut stream = Stream::new(0);
    let mut bytes = Vec::new();
    for rare in 40..240 {
        let mut batch = vec![rare, rare + 1, rare + 2, rare + 3];
        // Each half as often as the one before, so that the codes of all that does not occur are as long as they may be.
        for (common, shift) in (0..12).zip(0..) {
            batch.extend(std::iter::repeat_n(common, 4_096 >> shift));
        }
        // Three short codes, behind whole groups of four, are not moved out at once.
        let rest = batch.len().wrapping_neg() % 4;
        batch.extend(std::iter::repeat_n(0, rest + 3));
        stream.literals(&batch);
        bytes.extend(batch);
    }
    let output = stream.finish(&bytes);
    assert_inflates(&output, &bytes);
}

/// Values of every kind: empty, short, of few, random, huge.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::sample::select(vec!["", "a", "Windows", "10.0.0.17", "45351.3541666667", "user-0042@local.com"])
            .prop_map(|text| text.as_bytes().to_vec()),
        4 => "[a-f0-9]{8}-[a-f0-9]{4}".prop_map(String::into_bytes),
        2 => "user-00[0-9]{2}@local.com".prop_map(String::into_bytes),
        2 => prop::collection::vec(any::<u8>(), 0..300),
        1 => (any::<u8>(), 0_usize..2_000).prop_map(|(byte, count)| vec![byte; count]),
    ]
}

fn rows() -> impl Strategy<Value = Vec<Vec<Option<TestCell>>>> {
    (
        prop_oneof![4 => 0_usize..24, 1 => 90_usize..110],
        0_usize..60,
    )
        .prop_flat_map(|(columns, count)| {
            let cell = prop::option::weighted(0.9, (value(), 1_u8..9));
            prop::collection::vec(prop::collection::vec(cell, columns), count)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_rows_are_read_back(rows in rows(), first in prop_oneof![Just(2), 1_usize..2_000_000]) {
        round_trip(&rows, first);
    }

    #[test]
    fn any_rows_again_and_again_are_read_back(rows in rows(), times in 1_usize..40) {
        let rows: Vec<_> = std::iter::repeat_n(rows, times).flatten().collect();
        round_trip(&rows, 2);
    }
}
