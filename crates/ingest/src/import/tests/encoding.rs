use super::*;

const CSV: &str = "transaction_id,connection_start_time\r\n1,2020-04-24T03:02Z\r\n";

fn in_utf16(text: &str) -> Vec<Vec<u8>> {
    let marked = format!("\u{feff}{text}");
    let mut encoded = Vec::new();
    for text in [text, &marked] {
        encoded.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        encoded.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
    }
    encoded
}

#[test]
fn an_input_in_utf_16_is_named_with_what_to_do() {
    let expected = "line 1: encoded in UTF-16, and must be in UTF-8: save it as UTF-8 (in Excel as \"CSV UTF-8\"), or convert it; \
                    nothing was imported";
    let quoted = CSV.replace("transaction_id", "\"transaction_id\"");
    for input in [in_utf16(CSV), in_utf16(&quoted)].concat() {
        assert_eq!(csv(&input).error(), expected, "{}", input.escape_ascii());
    }
    for input in in_utf16(&format!("{}\n{}\n", line(1), line(2))) {
        assert_eq!(ndjson(&input).error(), expected);
        let outcome = import(ImportFormat::Ndjson, &*input, true);
        assert!(outcome.batches.is_empty());
        assert!(
            outcome
                .reports
                .iter()
                .all(|report| report.contains("UTF-16"))
        );
    }
}

#[test]
fn an_input_in_utf_8_is_not_taken_for_another() {
    assert_eq!(csv(CSV).summary().records, 1);
    assert_eq!(csv(format!("\u{feff}{CSV}")).summary().records, 1);
    assert_eq!(
        csv("").error(),
        "line 1: no header: the first line of a CSV names its columns, separated by commas; nothing was imported"
    );
}

#[test]
fn a_number_means_in_csv_what_it_means_in_json() {
    let rtts = |text: &str| {
        let start = r#"{"transaction_id":"1","connection_start_time":"2020-04-24T03:02Z""#;
        let of_json = ndjson(format!("{start},\"network_rtt\":{text}}}"));
        let of_csv = csv(format!(
            "transaction_id,connection_start_time,network_rtt\n1,2020-04-24T03:02Z,{text}\n"
        ));
        [of_json, of_csv].map(|outcome| {
            let records = outcome.batches.concat();
            records.first().map(|record| record.fields().network_rtt)
        })
    };
    for (text, rtt) in [
        ("12", 12),
        ("12.0", 12),
        ("1e3", 1000),
        ("1.5e1", 15),
        ("-1", -1),
    ] {
        assert_eq!(rtts(text), [Some(Some(rtt)); 2], "{text}");
    }
    for text in ["1.5", "1e-1", "1e10", "0x10", "12."] {
        assert_eq!(rtts(text), [None; 2], "{text}");
    }
}
