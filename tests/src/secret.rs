/// What every secret of the tests begins with: no log and no output may ever hold it. `scripts/test` reads it here.
pub const SECRET_MARK: &str = "never-to-be-shown";

/// A secret, such as a token, that can be recognised wherever it is shown.
pub fn secret(name: &str) -> String {
    format!("{SECRET_MARK}-{name}")
}
