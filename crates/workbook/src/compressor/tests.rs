use super::*;
use crate::deflate::Mark;

/// Writes rows of one cell and gives what came out, and what went in.
fn compress(compressor: &mut Compressor, rows: usize) -> (Vec<u8>, Total) {
    let mut output = Vec::new();
    let mut collect = |bytes: &[u8]| {
        output.extend_from_slice(bytes);
        Ok(())
    };
    compressor.put_literals(b"the head");
    for row in 0..rows {
        let (number, text) = (row.to_string(), format!("the value {}", row * 7 % 1_000));
        let Rows { buffer, marks } = compressor.rows();
        buffer.write(100, |cursor| {
            cursor.extend(b"<c r=\"");
            let counter = cursor.position();
            cursor.extend(number.as_bytes());
            cursor.extend(b"\">");
            let value = cursor.position();
            cursor.extend(text.as_bytes());
            marks.push(Mark {
                counter,
                value,
                end: cursor.position(),
                column: 1,
                form: 1,
                digits: u8::try_from(number.len()).unwrap(),
            });
        });
        compressor.end_cell();
        compressor.end_row();
        compressor.drain(&mut collect).unwrap();
    }
    compressor.put_literals(b"the tail");
    let size = compressor.size();
    let total = compressor.finish(&mut collect).unwrap();
    assert_eq!(total.size, size);
    (output, total)
}

#[test]
fn a_small_table_needs_no_thread_and_a_large_one_has_one_until_the_end() {
    let mut compressor = Compressor::new(1, true);
    compress(&mut compressor, 100);
    assert!(matches!(compressor.stage, Stage::Here(_)));
    compress(&mut compressor, 20_000);
    assert!(matches!(compressor.stage, Stage::There(_)));
}

#[test]
fn both_ways_give_the_same_stream() {
    let mut compressor = Compressor::new(1, false);
    let (first, total) = compress(&mut compressor, 20_000);
    assert!(matches!(compressor.stage, Stage::Here(_)));
    let mut compressor = Compressor::new(1, true);
    // Begun here, ended there; then all of it there.
    for _ in 0..2 {
        assert!(compress(&mut compressor, 20_000) == (first.clone(), total));
    }
    let inflated = zune_inflate::DeflateDecoder::new(&first)
        .decode_deflate()
        .unwrap();
    assert!(inflated.starts_with(b"the head<c r=\"0\">"));
    assert_eq!(
        (crc32fast::hash(&inflated), inflated.len() as u64),
        (total.checksum, total.size)
    );
}

#[test]
fn a_head_can_be_replaced_until_a_batch_of_rows_is_full() {
    let mut compressor = Compressor::new(1, false);
    let mut output = Vec::new();
    compressor.put_head(b"a guess".to_vec());
    assert_eq!((compressor.size(), compressor.holds_head()), (7, true));
    compressor.put_head(b"the head".to_vec());
    compressor.put_literals(b", the tail");
    assert!(!compressor.holds_head());
    compressor
        .finish(|bytes| {
            output.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
    let inflated = zune_inflate::DeflateDecoder::new(&output)
        .decode_deflate()
        .unwrap();
    assert_eq!(inflated, b"the head, the tail");
    compressor.put_head(b"the head".to_vec());
    compress(&mut compressor, 20_000);
    assert!(!compressor.holds_head());
}

#[test]
fn a_sink_that_fails_ends_the_writing() {
    let mut compressor = Compressor::new(1, false);
    compressor.put_literals(&[0; 1_000]);
    let refuse = |_: &[u8]| Err(WorkbookError::new(WorkbookErrorKind::Sink, "full"));
    let error = compressor.drain(refuse).unwrap_err();
    assert_eq!(error.kind(), WorkbookErrorKind::Sink);
}
