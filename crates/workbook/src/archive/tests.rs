use std::io::{Cursor, Read};

use proptest::prelude::*;

use super::*;

/// Data in one stored block of deflate.
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    let mut block = vec![1];
    block.extend(length.to_le_bytes());
    block.extend((!length).to_le_bytes());
    block.extend(data);
    block
}

fn checksum(data: &[u8]) -> u32 {
    crc32fast::hash(data)
}

fn part(name: &str, data: &[u8]) -> Part {
    Part {
        name: name.to_owned(),
        checksum: checksum(data),
        size: length(data),
        compressed: stored(data),
    }
}

/// A known and two streamed parts.
fn archive(limits: Limits, data: &[u8]) -> Vec<u8> {
    let mut archive = Archive::new(Vec::new());
    archive.limits = limits;
    archive.add(&part("known", data)).unwrap();
    for name in ["one", "two"] {
        archive.begin(name.to_owned()).unwrap();
        for chunk in stored(data).chunks(7) {
            archive.write(chunk).unwrap();
        }
        archive.end(checksum(data), length(data)).unwrap();
    }
    let (file, bytes) = archive.finish().unwrap();
    assert_eq!(bytes, length(&file));
    file
}

fn assert_reads_back(file: &[u8], data: &[u8]) {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    assert_eq!(archive.len(), 3);
    for name in ["known", "one", "two"] {
        let mut entry = archive.by_name(name).unwrap();
        assert_eq!(entry.size(), length(data));
        let mut read = Vec::new();
        entry.read_to_end(&mut read).unwrap();
        assert_eq!(read, data);
    }
}

fn has(file: &[u8], signature: u32) -> bool {
    file.windows(4)
        .any(|bytes| bytes == signature.to_le_bytes())
}

#[test]
fn an_ordinary_file_has_nothing_of_zip64() {
    let data = b"some data";
    let file = archive(Limits::TRUE, data);
    assert_reads_back(&file, data);
    assert!(!has(&file, END_64) && !has(&file, LOCATOR_64));
    for (signature, versions) in [(LOCAL, 1), (CENTRAL, 2)] {
        let starts = (0..file.len()).filter(|&at| file[at..].starts_with(&signature.to_le_bytes()));
        for start in starts {
            for version in 0..versions {
                assert_eq!(file[start + 4 + 2 * version], 20);
            }
        }
    }
}

#[test]
fn sizes_over_the_limit_stand_in_zip64_fields() {
    let data = [b'x'; 200];
    let limits = Limits {
        bytes: 200,
        entries: 65_535,
    };
    let file = archive(limits, &data);
    assert_reads_back(&file, &data);
    assert!(has(&file, END_64) && has(&file, LOCATOR_64));
    // The descriptor holds two numbers of eight bytes.
    let at = file
        .windows(4)
        .position(|bytes| bytes == DESCRIPTOR.to_le_bytes())
        .unwrap();
    assert_eq!(file[at + 8..at + 16], 205_u64.to_le_bytes());
    assert_eq!(file[at + 16..at + 24], 200_u64.to_le_bytes());
    assert_eq!(file[at + 24..at + 28], LOCAL.to_le_bytes());
}

#[test]
fn a_start_over_the_limit_alone_stands_in_a_zip64_field() {
    let data = [b'x'; 20];
    let limits = Limits {
        bytes: 60,
        entries: 65_535,
    };
    let file = archive(limits, &data);
    assert_reads_back(&file, &data);
    let at = file
        .windows(4)
        .position(|bytes| bytes == DESCRIPTOR.to_le_bytes())
        .unwrap();
    assert_eq!(
        file[at + 16..at + 20],
        LOCAL.to_le_bytes(),
        "the descriptor is an ordinary one"
    );
}

#[test]
fn too_many_entries_are_counted_in_a_zip64_record() {
    let limits = Limits {
        bytes: u64::from(u32::MAX),
        entries: 3,
    };
    let file = archive(limits, b"x");
    assert_reads_back(&file, b"x");
    assert!(has(&file, END_64));
}

#[test]
fn unzip_finds_nothing_wrong() {
    for limits in [
        Limits::TRUE,
        Limits {
            bytes: 60,
            entries: 2,
        },
    ] {
        let path = std::env::temp_dir().join(format!(
            "deskledger-archive-{}-{}.zip",
            std::process::id(),
            limits.bytes
        ));
        std::fs::write(&path, archive(limits, &[b'x'; 100])).unwrap();
        let output = std::process::Command::new("unzip")
            .arg("-t")
            .arg(&path)
            .output();
        std::fs::remove_file(&path).unwrap();
        // A machine without the program has the other readers.
        if let Ok(output) = output {
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stdout)
            );
        }
    }
}

proptest! {
    #[test]
    fn any_limit_reads_back(bytes in 1_u64..2_000, entries in 1_u64..6, data in prop::collection::vec(any::<u8>(), 0..900)) {
        assert_reads_back(&archive(Limits { bytes, entries }, &data), &data);
    }
}
