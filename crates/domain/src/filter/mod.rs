mod active;
mod address;
mod field;
mod range;

use chrono::TimeDelta;

pub use active::ActiveTime;
pub use address::AddressFilter;
pub use field::{AddressField, ConnectionState, ExactField, FailureFilter};
pub use range::NumberRange;

use crate::{ConnectionRecord, MatchKey, ProjectId, ProjectScope, RecordFields, TimeRange};

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
    network_rtt: NumberRange,
    e2e_rtt: NumberRange,
    part_of_terminal_type: Option<MatchKey>,
    exact: Vec<(ExactField, String)>,
    addresses: Vec<(AddressField, AddressFilter)>,
    user_name_prefix: Option<MatchKey>,
    computer_name_prefix: Option<MatchKey>,
    state: Option<ConnectionState>,
    failure_reason: Option<FailureFilter>,
    is_reconnect: Option<bool>,
    duration: NumberRange,
    active_at: Option<ActiveTime>,
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
            network_rtt: NumberRange::ALL,
            e2e_rtt: NumberRange::ALL,
            part_of_terminal_type: None,
            exact: Vec::new(),
            addresses: Vec::new(),
            user_name_prefix: None,
            computer_name_prefix: None,
            state: None,
            failure_reason: None,
            is_reconnect: None,
            duration: NumberRange::ALL,
            active_at: None,
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

    /// Only records that have exactly this text in a field. Of several for one field the last one counts.
    #[must_use]
    pub fn with_exact(mut self, field: ExactField, text: &str) -> Self {
        self.exact.retain(|(other, _)| *other != field);
        self.exact.push((field, text.to_owned()));
        self
    }

    /// Only records that have one of these addresses in a field. Of several for one field the last one counts.
    #[must_use]
    pub fn with_address(mut self, field: AddressField, addresses: AddressFilter) -> Self {
        self.addresses.retain(|(other, _)| *other != field);
        self.addresses.push((field, addresses));
        self
    }

    /// Only records of users whose name begins with this, without case. A name whose key has more than
    /// [`MatchKey::MAX_PLAIN_BYTES`] is not among them.
    #[must_use]
    pub fn with_user_name_prefix(self, prefix: &str) -> Self {
        Self {
            user_name_prefix: Some(MatchKey::of_name(prefix)),
            ..self
        }
    }

    /// Only records of computers whose name begins with this, as with users.
    #[must_use]
    pub fn with_computer_name_prefix(self, prefix: &str) -> Self {
        Self {
            computer_name_prefix: Some(MatchKey::of_name(prefix)),
            ..self
        }
    }

    /// Only connections in this state.
    #[must_use]
    pub fn with_state(self, state: ConnectionState) -> Self {
        Self {
            state: Some(state),
            ..self
        }
    }

    /// Only records with one of these reasons, whatever their state is.
    #[must_use]
    pub fn with_failure_reason(self, reason: FailureFilter) -> Self {
        Self {
            failure_reason: Some(reason),
            ..self
        }
    }

    /// Only records of which it is known that an earlier connection was taken up again, or that none was.
    #[must_use]
    pub fn with_is_reconnect(self, is_reconnect: bool) -> Self {
        Self {
            is_reconnect: Some(is_reconnect),
            ..self
        }
    }

    /// Only records of connections that lasted so many seconds, from setup to end. Where it is bounded, one without either is in
    /// none.
    #[must_use]
    pub fn with_duration(self, duration: NumberRange) -> Self {
        Self { duration, ..self }
    }

    /// Only records of connections that were open at a time, or at some moment between two.
    #[must_use]
    pub fn with_active_at(self, time: impl Into<ActiveTime>) -> Self {
        Self {
            active_at: Some(time.into()),
            ..self
        }
    }

    /// Only records whose `network_rtt` is in this range. Where it is bounded, a record without one is in none.
    #[must_use]
    pub fn with_network_rtt(self, network_rtt: NumberRange) -> Self {
        Self {
            network_rtt,
            ..self
        }
    }

    /// Only records whose `e2e_rtt` is in this range. Where it is bounded, a record without one is in none.
    #[must_use]
    pub fn with_e2e_rtt(self, e2e_rtt: NumberRange) -> Self {
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

    /// Whether it asks for nothing but a range of time.
    pub fn is_by_time_alone(&self) -> bool {
        *self == Self::new(self.scope.clone()).with_time(self.time)
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

    /// The texts that fields must have.
    pub fn exact(&self) -> impl Iterator<Item = (ExactField, &str)> {
        self.exact
            .iter()
            .map(|(field, text)| (*field, text.as_str()))
    }

    /// The addresses of which fields must have one.
    pub fn addresses(&self) -> impl Iterator<Item = (AddressField, &AddressFilter)> {
        self.addresses
            .iter()
            .map(|(field, addresses)| (*field, addresses))
    }

    /// The key that the user name's must begin with.
    pub const fn user_name_prefix(&self) -> Option<&MatchKey> {
        self.user_name_prefix.as_ref()
    }

    /// The key that the computer name's must begin with.
    pub const fn computer_name_prefix(&self) -> Option<&MatchKey> {
        self.computer_name_prefix.as_ref()
    }

    /// The state that the connection must be in.
    pub const fn state(&self) -> Option<ConnectionState> {
        self.state
    }

    /// The reasons of which the record must have one.
    pub const fn failure_reason(&self) -> Option<&FailureFilter> {
        self.failure_reason.as_ref()
    }

    /// What must be known of whether an earlier connection was taken up again.
    pub const fn is_reconnect(&self) -> Option<bool> {
        self.is_reconnect
    }

    /// The range in which the seconds from setup to end must be.
    pub const fn duration(&self) -> NumberRange {
        self.duration
    }

    /// When the connection must have been open.
    pub const fn active_at(&self) -> Option<ActiveTime> {
        self.active_at
    }

    /// The range in which `network_rtt` must be.
    pub const fn network_rtt(&self) -> NumberRange {
        self.network_rtt
    }

    /// The range in which `e2e_rtt` must be.
    pub const fn e2e_rtt(&self) -> NumberRange {
        self.e2e_rtt
    }

    /// The key that the terminal type's must hold.
    pub const fn part_of_terminal_type(&self) -> Option<&MatchKey> {
        self.part_of_terminal_type.as_ref()
    }

    /// What of the filter the databases have indexes for: every record that matches the whole filter matches this too.
    #[must_use]
    pub fn in_an_index(&self) -> Self {
        Self {
            time: self.time,
            user_name: self.user_name.clone(),
            computer_name: self.computer_name.clone(),
            state: self.state.filter(|state| *state == ConnectionState::Failed),
            ..Self::new(self.scope.clone())
        }
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
            && self
                .user_name_prefix()
                .is_none_or(|prefix| record.user_name_key().is_some_and(|key| key.begins(prefix)))
            && self.computer_name_prefix().is_none_or(|prefix| {
                record
                    .computer_name_key()
                    .is_some_and(|key| key.begins(prefix))
            })
            && self
                .exact()
                .all(|(field, text)| field.of(fields) == Some(text))
            && self.addresses().all(|(field, addresses)| {
                field
                    .of(fields)
                    .is_some_and(|text| addresses.contains(text))
            })
            && self
                .state
                .is_none_or(|state| ConnectionState::of(record) == state)
            && self.failure_reason().is_none_or(|asked| {
                let reason = fields.connection_failure_reason.as_deref();
                reason.is_some_and(|reason| asked.contains(reason))
            })
            && self
                .is_reconnect
                .is_none_or(|asked| fields.is_reconnect == Some(asked))
            && self.lasted(fields)
            && self.active_at.is_none_or(|time| time.contains(fields))
    }

    /// Whether the connection lasted as long as is asked.
    fn lasted(&self, fields: &RecordFields) -> bool {
        if self.duration == NumberRange::ALL {
            return true;
        }
        let (Some(setup), Some(end)) = (fields.connection_setup_time, fields.connection_end_time)
        else {
            return false;
        };
        let seconds = |number: i32| TimeDelta::seconds(number.into());
        let lasted = end - setup;
        self.duration.min().is_none_or(|min| seconds(min) <= lasted)
            && self.duration.max().is_none_or(|max| lasted <= seconds(max))
    }
}

fn fits<T: PartialEq>(asked: Option<&T>, found: impl FnOnce() -> Option<T>) -> bool {
    asked.is_none_or(|asked| found().as_ref() == Some(asked))
}
