use crate::database::TestDatabase;
use crate::process::{PROJECT, Process, make_pipe};

#[test]
fn sighup_takes_over_settings_that_are_right_and_none_that_are_wrong() {
    let database = TestDatabase::sqlite();
    let process = Process::start(database.url());
    let list = || {
        process
            .get(&format!("/v2/{PROJECT}/connections/desktops"))
            .0
    };
    assert_eq!(list(), 200);

    // Another token, and a key that needs a restart.
    process.write_settings(|settings| settings.replace("2c26b46b", "00000000") + "exports = 3\n");
    process.hang_up("settings reloaded", 1);
    assert_eq!(list(), 401);
    assert_eq!(
        process.wait_for("\"restart\":\"limits.exports\"", 1).len(),
        1
    );

    process.write_settings(|settings| format!("{settings}exprots = 3\n"));
    process.hang_up("settings not reloaded", 1);
    assert_eq!(list(), 401);

    process.write_settings(str::to_owned);
    process.hang_up("settings reloaded", 2);
    assert_eq!(list(), 200);
}

#[test]
fn settings_that_cannot_be_read_twice_stay_as_they_are_and_do_not_hold_up_the_end() {
    let database = TestDatabase::sqlite();
    let mut process = Process::start(database.url());
    process.settings_become_a_pipe();
    process.hang_up("it is no regular file", 1);
    let path = format!("/v2/{PROJECT}/connections/desktops");
    assert_eq!(process.get(&path).0, 200);
    process.terminate();
}

#[test]
fn a_key_file_that_does_not_answer_holds_up_neither_the_next_reload_nor_the_end() {
    let database = TestDatabase::sqlite();
    let mut process = Process::start(database.url());
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("key");
    make_pipe(&pipe);
    process.write_settings(|settings| {
        let pipe = pipe.display();
        format!("{settings}[[access.messages.keys]]\nid = \"a\"\nkey_file = \"{pipe}\"\n")
    });
    process.hang_up("could not be read in time", 1);
    process.write_settings(str::to_owned);
    process.hang_up("settings reloaded", 1);
    process.terminate();
}
