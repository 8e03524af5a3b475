use super::draw::Draw;

/// Each version of the client and of its agent, and when it came out: thousandths of the whole time.
const RELEASES: &[(u32, &str, &str)] = &[
    (0, "1.8.00005", "1.8.00005.10546"),
    (250, "1.8.00007", "1.8.00007.10611"),
    (550, "1.9.00002", "1.9.00002.10704"),
    (850, "1.9.10001", "1.9.10001.10822"),
];

/// How soon someone takes a version that came out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Adoption {
    /// How long after it came out, in thousandths of the whole time.
    lag: u32,
}

impl Adoption {
    /// Users take a new client in their own time, and a few never do.
    pub(super) fn of_client(draw: &mut Draw) -> Self {
        let lag = if draw.per_mille(40) {
            u32::MAX
        } else {
            draw.below(200)
        };
        Self { lag }
    }

    /// Administrators roll the agent out to all desktops soon.
    pub(super) fn of_agent(draw: &mut Draw) -> Self {
        let lag = draw.below(40);
        Self { lag }
    }

    /// The version of the client at a time, given in thousandths of the whole.
    pub(super) fn client_version(self, progress: u32) -> &'static str {
        self.release(progress).1
    }

    /// The version of the agent at a time, given in thousandths of the whole.
    pub(super) fn agent_version(self, progress: u32) -> &'static str {
        self.release(progress).2
    }

    fn release(self, progress: u32) -> (u32, &'static str, &'static str) {
        RELEASES
            .iter()
            .rfind(|(out, _, _)| out.saturating_add(self.lag) <= progress)
            .copied()
            // The first version was there before the first record.
            .unwrap_or(RELEASES[0])
    }
}
