use crate::{ConnectionRecord, MatchKey, ProjectId, ProjectScope, TimeRange};

/// Which records: those of one project that started in a range of time and match everything else that is given.
///
/// A filter is made from a [`ProjectScope`], so every filter has a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFilter {
    scope: ProjectScope,
    time: TimeRange,
    user_name: Option<MatchKey>,
    computer_name: Option<MatchKey>,
    terminal_type: Option<MatchKey>,
    domain: Option<MatchKey>,
    enterprise_project_id: Option<String>,
    public_ip: Option<String>,
    network_rtt: RttRange,
    e2e_rtt: RttRange,
    part_of_terminal_type: Option<MatchKey>,
}

impl ExportFilter {
    /// All records of a project.
    pub const fn new(scope: ProjectScope) -> Self {
        Self {
            scope,
            time: TimeRange::ALL,
            user_name: None,
            computer_name: None,
            terminal_type: None,
            domain: None,
            enterprise_project_id: None,
            public_ip: None,
            network_rtt: RttRange::ALL,
            e2e_rtt: RttRange::ALL,
            part_of_terminal_type: None,
        }
    }

    /// Only records whose `connection_start_time` is in `time`.
    #[must_use]
    pub fn with_time(self, time: TimeRange) -> Self {
        Self { time, ..self }
    }

    /// Only records of this user: the whole name, without case.
    #[must_use]
    pub fn with_user_name(self, name: &str) -> Self {
        Self {
            user_name: Some(MatchKey::of_name(name)),
            ..self
        }
    }

    /// Only records of this computer: the whole name, without case.
    #[must_use]
    pub fn with_computer_name(self, name: &str) -> Self {
        Self {
            computer_name: Some(MatchKey::of_name(name)),
            ..self
        }
    }

    /// Only records from terminals of this type: the whole value, without case and surrounding blanks.
    #[must_use]
    pub fn with_terminal_type(self, terminal_type: &str) -> Self {
        Self {
            terminal_type: Some(MatchKey::of_terminal_type(terminal_type)),
            ..self
        }
    }

    /// Only records of users of this domain: the whole part after the last `@` of their name, without case. `None` where
    /// `domain` holds an `@`, as no domain does.
    #[must_use]
    pub fn with_domain(self, domain: &str) -> Option<Self> {
        (!domain.contains('@')).then(|| Self {
            domain: Some(MatchKey::of_name(domain)),
            ..self
        })
    }

    /// Only records of desktops of this enterprise project: exactly this identifier.
    #[must_use]
    pub fn with_enterprise_project_id(self, id: &str) -> Self {
        Self {
            enterprise_project_id: Some(id.to_owned()),
            ..self
        }
    }

    /// Only records of terminals that left their network with this address: exactly as it is written.
    #[must_use]
    pub fn with_public_ip(self, address: &str) -> Self {
        Self {
            public_ip: Some(address.to_owned()),
            ..self
        }
    }

    /// Only records whose `network_rtt` is in this range. Where it is bounded, a record without one is in none.
    #[must_use]
    pub fn with_network_rtt(self, network_rtt: RttRange) -> Self {
        Self {
            network_rtt,
            ..self
        }
    }

    /// Only records whose `e2e_rtt` is in this range. Where it is bounded, a record without one is in none.
    #[must_use]
    pub fn with_e2e_rtt(self, e2e_rtt: RttRange) -> Self {
        Self { e2e_rtt, ..self }
    }

    /// Only records from terminals whose type holds this text, without case, its surrounding blanks ignored. A type whose
    /// key has more than [`MatchKey::MAX_PLAIN_BYTES`] holds none.
    #[must_use]
    pub fn with_part_of_terminal_type(self, part: &str) -> Self {
        Self {
            part_of_terminal_type: Some(MatchKey::of_terminal_type(part)),
            ..self
        }
    }

    /// The tenant.
    pub const fn project_id(&self) -> &ProjectId {
        self.scope.project_id()
    }

    /// The range in which `connection_start_time` must be.
    pub const fn time(&self) -> TimeRange {
        self.time
    }

    /// The key that the user name must have.
    pub const fn user_name(&self) -> Option<&MatchKey> {
        self.user_name.as_ref()
    }

    /// The key that the computer name must have.
    pub const fn computer_name(&self) -> Option<&MatchKey> {
        self.computer_name.as_ref()
    }

    /// The key that the terminal type must have.
    pub const fn terminal_type(&self) -> Option<&MatchKey> {
        self.terminal_type.as_ref()
    }

    /// The key that the domain of the user must have.
    pub const fn domain(&self) -> Option<&MatchKey> {
        self.domain.as_ref()
    }

    /// The enterprise project that the desktop must have.
    pub fn enterprise_project_id(&self) -> Option<&str> {
        self.enterprise_project_id.as_deref()
    }

    /// The address with which the terminal must have left its network.
    pub fn public_ip(&self) -> Option<&str> {
        self.public_ip.as_deref()
    }

    /// The range in which `network_rtt` must be.
    pub const fn network_rtt(&self) -> RttRange {
        self.network_rtt
    }

    /// The range in which `e2e_rtt` must be.
    pub const fn e2e_rtt(&self) -> RttRange {
        self.e2e_rtt
    }

    /// The key that the terminal type's must hold.
    pub const fn part_of_terminal_type(&self) -> Option<&MatchKey> {
        self.part_of_terminal_type.as_ref()
    }

    /// Whether `record` is one of those that are asked for. Every database must find exactly these.
    pub fn matches(&self, record: &ConnectionRecord) -> bool {
        let fields = record.fields();
        record.project_id() == self.project_id()
            && self.time.contains(fields.connection_start_time)
            && self.network_rtt.contains(fields.network_rtt)
            && self.e2e_rtt.contains(fields.e2e_rtt)
            && self.part_of_terminal_type().is_none_or(|part| {
                record
                    .terminal_type_key()
                    .is_some_and(|key| key.holds(part))
            })
            && fits(self.user_name(), || record.user_name_key())
            && fits(self.computer_name(), || record.computer_name_key())
            && fits(self.terminal_type(), || record.terminal_type_key())
            && fits(self.domain(), || record.user_name_key()?.domain())
            && fits(self.enterprise_project_id.as_ref(), || {
                fields.enterprise_project_id.clone()
            })
            && fits(self.public_ip.as_ref(), || fields.public_ip.clone())
    }
}

fn fits<T: PartialEq>(asked: Option<&T>, found: impl FnOnce() -> Option<T>) -> bool {
    asked.is_none_or(|asked| found().as_ref() == Some(asked))
}

/// The round trips from the shortest to the longest, in milliseconds; both are in the range, and either may be open.
///
/// A range means round trips that were measured. A negative one was not: agents send -1 where they know none. It is kept
/// and handed out as it was sent, and is in no range but [`ALL`](Self::ALL).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RttRange {
    min: Option<u32>,
    max: Option<u32>,
}

impl RttRange {
    /// Every round trip, and that none is known.
    pub const ALL: Self = Self {
        min: None,
        max: None,
    };

    /// The longest that a record can hold.
    pub const MOST: u32 = i32::MAX as u32;

    /// A range; `None` where it would be empty or beyond [`MOST`](Self::MOST).
    pub fn new(min: Option<u32>, max: Option<u32>) -> Option<Self> {
        let empty = min.is_some_and(|min| max.is_some_and(|max| min > max));
        let known = [min, max]
            .into_iter()
            .flatten()
            .all(|rtt| rtt <= Self::MOST);
        (known && !empty).then_some(Self { min, max })
    }

    /// The shortest, as a record holds it: 0 where only the longest is given. `None` where all are in the range.
    pub fn min(self) -> Option<i32> {
        self.min.or(self.max.map(|_| 0)).map(u32::cast_signed)
    }

    /// The longest, as a record holds it; `None` where there is no upper limit.
    pub fn max(self) -> Option<i32> {
        self.max.map(u32::cast_signed)
    }

    /// Whether a round trip, where one is known, is in the range.
    pub fn contains(self, rtt: Option<i32>) -> bool {
        match rtt {
            Some(rtt) => {
                self.min().is_none_or(|min| min <= rtt) && self.max().is_none_or(|max| rtt <= max)
            }
            None => self == Self::ALL,
        }
    }
}
