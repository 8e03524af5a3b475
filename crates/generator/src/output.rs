use std::io::{self, BufWriter, Write};

use deskledger_domain::RecordFields;

use deskledger_ingest::RecordLine;

/// Writes records as NDJSON: one JSON object a line, each line ended by a line feed. The output is buffered, and
/// flushed at the end.
///
/// # Errors
/// When the output refuses bytes.
///
/// ```
/// use deskledger_generator::{Generator, GeneratorSettings, write_ndjson};
///
/// let mut output = Vec::new();
/// write_ndjson(Generator::new(GeneratorSettings::new(3, 1)), &mut output)?;
/// assert_eq!(output.iter().filter(|byte| **byte == b'\n').count(), 3);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_ndjson(
    records: impl IntoIterator<Item = RecordFields>,
    output: impl Write,
) -> io::Result<()> {
    let mut output = BufWriter::with_capacity(64 * 1024, output);
    for fields in records {
        serde_json::to_writer(&mut output, &RecordLine::from(fields))?;
        output.write_all(b"\n")?;
    }
    output.flush()
}
