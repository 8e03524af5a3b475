use std::collections::HashSet;

use super::*;

#[test]
fn a_code_means_one_thing_and_has_at_most_12_characters() {
    let codes: HashSet<_> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(codes.len(), ErrorCode::ALL.len());
    assert!(codes.iter().all(|code| code.len() <= ErrorCode::MAX_CHARS));
}

#[test]
fn a_code_of_ours_ends_with_its_status() {
    for code in ErrorCode::ALL {
        if let Some(digits) = code.code().strip_prefix("WKS.") {
            assert_eq!(digits.len(), 8, "{code:?}");
            assert!(digits.ends_with(&code.status().to_string()), "{code:?}");
        }
    }
}
