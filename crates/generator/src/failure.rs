use super::draw::Draw;

/// Why connections fail, and how often each.
const REASONS: &[(u32, &str)] = &[
    (22, "400200:The desktop is being prepared."),
    (10, "400201:The desktop is being restarted."),
    (8, "400203:The desktop is shut down."),
    (12, "400210:The connection timed out."),
    (9, "400211:The desktop agent does not respond."),
    (6, "400215:The desktop is in use by another session."),
    (5, "400301:The client version is too low. Upgrade it."),
    (9, "400200:桌面正在准备中。"),
    (6, "400210:连接超时，请检查网络。"),
    (4, "400220:桌面已被管理员锁定。"),
];

/// Why nobody was let in, and how often each.
const REFUSALS: &[(u32, &str)] = &[
    (6, "400101:The user name or password is incorrect."),
    (2, "400102:The user does not exist."),
    (3, "400101:用户名或密码错误。"),
];

/// What those type who try a name and are no user.
const STRANGERS: &[&str] = &["administrator", "admin", "root", "guest", "test01", "sa"];

/// A connection that came to nothing.
pub(super) struct Failure {
    pub(super) reason: &'static str,
    /// The name that was tried, where it is no user's: then no desktop is known either.
    pub(super) stranger: Option<&'static str>,
}

impl Failure {
    pub(super) fn draw(draw: &mut Draw) -> Self {
        if draw.per_mille(60) {
            return Self {
                reason: *draw.pick_weighted(REFUSALS),
                stranger: Some(*draw.pick(STRANGERS)),
            };
        }
        let reasons = if draw.per_mille(120) {
            REFUSALS
        } else {
            REASONS
        };
        Self {
            reason: *draw.pick_weighted(reasons),
            stranger: None,
        }
    }
}
