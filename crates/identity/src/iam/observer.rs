use std::time::Duration;

/// What counts the questions to IAM.
pub trait IamObserver: Send + Sync {
    /// A token was looked for: `hit`, `miss`, or `stale` where it goes on without IAM.
    fn count_token(&self, outcome: &'static str);

    /// IAM was asked, or could not be asked: `valid`, `refused`, `failed`, or `busy` where too many others ask.
    fn count_request(&self, outcome: &'static str);

    /// A question took so long.
    fn observe_request(&self, duration: Duration);
}

/// Counts nothing.
impl IamObserver for () {
    fn count_token(&self, _: &'static str) {}

    fn count_request(&self, _: &'static str) {}

    fn observe_request(&self, _: Duration) {}
}
