//! Every message of the log at `info` or above is in the table of docs/OPERATIONS.md with its level, and no other is.

use std::fs;
use std::path::{Path, PathBuf};

const OPERATIONS: &str = include_str!("../../../docs/OPERATIONS.md");

/// What a message stands behind, with its level. The last is the helper of those modules that log one error like another.
const CALLS: [(&str, &str); 4] = [
    ("tracing::error!(", "error"),
    ("tracing::warn!(", "warn"),
    ("tracing::info!(", "info"),
    (" warn(", "warn"),
];

struct Message {
    level: &'static str,
    text: String,
    file: PathBuf,
}

fn sources() -> Vec<(PathBuf, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let crates = fs::read_dir(crates).unwrap();
    let mut folders: Vec<_> = crates
        .map(|entry| entry.unwrap().path().join("src"))
        .collect();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && path.file_stem().is_some_and(|stem| stem != "documented")
            {
                let text = fs::read_to_string(&path).unwrap();
                sources.push((path, text));
            }
        }
    }
    sources
}

/// The arguments of a call whose bracket has just been opened: those that are nothing but a text, without its quotes.
fn texts(call: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let (mut depth, mut begins_argument) = (1, true);
    let mut characters = call.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                let mut text = String::new();
                while let Some(character) = characters.next() {
                    match character {
                        '"' => break,
                        '\\' => match characters.next() {
                            // A line that goes on in the next one.
                            Some('\n') => {
                                let rest = characters.as_str().trim_start();
                                characters = rest.chars();
                            }
                            Some(escaped) => text.push(escaped),
                            None => break,
                        },
                        other => text.push(other),
                    }
                }
                if begins_argument && depth == 1 {
                    texts.push(text);
                }
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if !character.is_whitespace() {
            begins_argument = character == ',' && depth == 1;
        }
    }
    texts
}

fn messages() -> Vec<Message> {
    let mut messages = Vec::new();
    for (file, source) in sources() {
        for (call, level) in CALLS {
            for (at, _) in source.match_indices(call) {
                let texts = texts(&source[at + call.len()..]);
                // What a helper is given stands where the helper is called.
                messages.extend(texts.into_iter().filter(|text| !text.starts_with('{')).map(
                    |text| Message {
                        level,
                        text,
                        file: file.clone(),
                    },
                ));
            }
        }
    }
    assert!(messages.len() > 50, "the sources were not understood");
    messages
}

/// The rows of the table: messages, of which an ellipsis leaves out the end, and levels.
fn rows() -> Vec<(Vec<String>, String)> {
    let mut lines = OPERATIONS.lines();
    lines.find(|line| *line == "| line | level | fields | when |");
    lines
        .skip(1)
        .map_while(|line| {
            let mut cells = line.strip_prefix("| ")?.split('|');
            let (texts, level) = (cells.next()?, cells.next()?);
            let texts = texts.split('`').skip(1).step_by(2).map(str::to_owned);
            Some((texts.collect(), level.to_owned()))
        })
        .collect()
}

fn is(documented: &str, message: &str) -> bool {
    match documented.strip_suffix('…') {
        Some(beginning) => message.starts_with(beginning.trim_end()),
        None => message == documented,
    }
}

/// Seconds go through one function, so that none has an exponent, and a line without a cause has no field for it.
#[test]
fn fields_of_the_log_are_written_alike() {
    for (file, source) in sources() {
        for (call, _) in CALLS {
            for (at, _) in source.match_indices(call) {
                let fields = source[at..].split(");").next().unwrap();
                for wrong in ["as_secs_f64()", "= error.causes()", "= obstacle.cause()"] {
                    assert!(
                        !fields.contains(wrong),
                        "{wrong} in {}: {fields}",
                        file.display()
                    );
                }
            }
        }
        let assigned = source.contains("let seconds = started.elapsed().as_secs_f64()");
        assert!(!assigned, "{}", file.display());
    }
}

#[test]
fn every_message_of_the_log_is_documented_with_its_level() {
    let rows = rows();
    let missing: Vec<_> = messages()
        .into_iter()
        .filter(|message| {
            !rows.iter().any(|(texts, level)| {
                level.contains(message.level) && texts.iter().any(|text| is(text, &message.text))
            })
        })
        .map(|Message { level, text, file }| format!("{level}: {text:?} of {}", file.display()))
        .collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn no_message_is_documented_that_the_log_does_not_have() {
    let sources: Vec<_> = sources().into_iter().map(|(_, text)| text).collect();
    for (texts, _) in rows() {
        for text in texts {
            let beginning = text.trim_end_matches('…').trim_end();
            let found = sources
                .iter()
                .any(|source| source.contains(&format!("\"{beginning}")));
            assert!(found, "{text}");
        }
    }
}
