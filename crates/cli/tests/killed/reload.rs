use crate::database::TestDatabase;
use crate::process::{PROJECT, Process};

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
    assert_eq!(process.logged("\"restart\":\"limits.exports\""), 1);

    process.write_settings(|settings| format!("{settings}exprots = 3\n"));
    process.hang_up("settings not reloaded", 1);
    assert_eq!(list(), 401);

    process.write_settings(str::to_owned);
    process.hang_up("settings reloaded", 2);
    assert_eq!(list(), 200);
}
