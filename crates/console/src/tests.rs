use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use deskledger_domain::{Column, Language};
use sha2::{Digest as _, Sha256};

use super::*;

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The files below a folder by their paths, but for what is below some names.
fn files(folder: &Path, without: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(folder.join(&below)).unwrap() {
            let entry = entry.unwrap();
            let path = below.join(entry.file_name());
            if without.iter().any(|name| path == Path::new(name)) {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                found.insert(path.to_str().unwrap().to_owned());
            }
        }
    }
    found
}

#[test]
fn the_sources_are_those_that_were_packed() {
    let web = folder("web");
    let there: BTreeSet<_> = files(&web, &["node_modules", "generated"])
        .into_iter()
        .map(|name| format!("{}  {name}", hash(&fs::read(web.join(&name)).unwrap())))
        .collect();
    let packed = fs::read_to_string(folder("assets/sources.txt")).unwrap();
    let packed: BTreeSet<_> = packed.lines().map(str::to_owned).collect();
    let differing: Vec<_> = there.symmetric_difference(&packed).collect();
    assert!(
        differing.is_empty(),
        "run `npm run build` in crates/console/web: {differing:#?}"
    );
}

#[test]
fn the_page_speaks_every_language_of_the_files() {
    for language in Language::ALL {
        let messages = folder("web/src/messages").join(format!("{}.ts", language.tag()));
        assert!(messages.exists(), "docs/ARCHITECTURE.md: {messages:?}");
    }
}

#[test]
fn every_packed_file_is_there_with_its_hash() {
    let listed: BTreeSet<_> = assets::ASSETS
        .iter()
        .map(|asset| asset.path.to_owned())
        .collect();
    let there = files(&folder("assets"), &["index.html", "sources.txt"]);
    assert_eq!(listed, there);
    for asset in assets::ASSETS {
        assert_eq!(hash(asset.bytes), asset.hash, "{}", asset.path);
    }
}

#[test]
fn the_page_asks_for_files_that_are_there() {
    let page = page("sign-in");
    let asked: Vec<_> = page
        .split('"')
        .filter_map(|value| value.strip_prefix("./"))
        .filter(|path| !path.is_empty())
        .collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    for path in asked {
        assert!(assets().iter().any(|asset| asset.path == path), "{path}");
    }
}

#[test]
fn the_base_is_as_many_steps_up_as_the_address_is_deep() {
    for (address, base) in [
        ("", "./"),
        ("sign-in", "./"),
        ("p/x/connections", "../../"),
        ("p/a%2Fb/exports", "../../"),
        ("p/x/y/z/", "../../../../"),
    ] {
        let page = page(address);
        assert!(
            page.contains(&format!(r#"<base href="{base}">"#)),
            "{address}"
        );
        assert!(!page.contains(BASE), "{address}");
    }
}

#[test]
fn no_script_and_no_style_stands_in_the_page() {
    let page = page("");
    assert!(!page.contains("<style") && !page.contains(" style="));
    for script in page.split("<script").skip(1) {
        let (tag, rest) = script.split_once('>').unwrap();
        assert!(tag.contains(" src="), "{tag}");
        assert!(rest.starts_with("</script>"), "{rest}");
    }
}

#[test]
fn the_headers_of_the_screen_are_those_of_the_files() {
    for language in Language::ALL {
        let meta = Meta::new(language);
        assert_eq!(meta.columns.len(), Column::ALL.len());
        for (column, meta) in Column::ALL.iter().zip(&meta.columns) {
            assert!(
                column
                    .header(language, chrono_tz::Tz::UTC)
                    .contains(meta.header),
                "{}",
                meta.name
            );
        }
    }
}
