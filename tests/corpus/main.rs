//! Takes the corpora of the fuzz targets through their targets: what the fuzzer found once holds for ever.

use std::fs;
use std::path::Path;

use deskledger_tests::fuzz;

#[test]
fn what_the_corpora_hold_is_as_every_target_says() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, _) in fuzz::TARGETS {
        let folder = corpora.join(name);
        let mut files = 0;
        for file in fs::read_dir(&folder).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            fuzz::run(name, &bytes);
            files += 1;
        }
        assert!(files > 0, "{} is empty", folder.display());
    }
}

#[test]
fn every_corpus_has_its_target() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for entry in fs::read_dir(corpora).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let is_known = fuzz::TARGETS.iter().any(|(known, _)| *known == name);
        assert!(is_known || name == "main.rs", "{name} is of no target");
    }
}
