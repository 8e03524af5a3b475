use crate::place::{Place, said};
use crate::rows;

const README: &str = include_str!("../../../../README.md");

/// The block of commands for a shell that holds a text.
fn block(text: &str) -> &'static str {
    let mut blocks = README.split("```sh\n").skip(1);
    let block = blocks.find_map(|rest| {
        rest.split("```")
            .next()
            .filter(|block| block.contains(text))
    });
    block.unwrap()
}

#[test]
fn the_commands_of_the_readme_work_at_any_date() {
    let place = Place::new();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_deskledger"));
    let commands = block("deskledger generate").replace(
        "$PWD/target/release",
        program.parent().unwrap().to_str().unwrap(),
    );
    let output = place
        .shell(&commands)
        .env_remove("DESKLEDGER__DATABASE__URL")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(rows(&place.path("records.xlsx")).len(), 10_001);
    for time in ["20-", "202"] {
        assert!(!commands.contains(time), "a date passes: {commands}");
    }
}

#[test]
fn the_readme_is_read_in_a_minute() {
    assert!(README.lines().count() < 150);
}
