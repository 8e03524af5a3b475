//! Feeds one fuzz target with what libFuzzer makes up. `DESKLEDGER_FUZZ_TARGET` names it.
#![no_main]

use std::sync::LazyLock;

static TARGET: LazyLock<String> = LazyLock::new(|| {
    std::env::var("DESKLEDGER_FUZZ_TARGET").expect("DESKLEDGER_FUZZ_TARGET names the target")
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| deskledger_tests::fuzz::run(&TARGET, bytes));
