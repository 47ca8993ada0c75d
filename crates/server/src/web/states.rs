//! The states that pages put into words.

use super::words::SharedWords;

/// A state as a small label: icon, words and colour, never colour alone.
#[derive(Debug)]
pub(super) struct Chip {
    pub(super) icon: &'static str,
    pub(super) tone: &'static str,
    pub(super) words: &'static str,
}

/// Where a group is in its life, as the domain knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupState {
    /// Promised: its address and code work, the platform has not been asked yet.
    Reserved,
    /// The platform is being asked.
    Creating,
    /// `creating`, after at least one attempt failed; the job goes on by itself.
    Retrying,
    /// It could not be made and nothing goes on by itself.
    Failed,
    /// Open.
    Active,
    /// Open, and the customer has the word.
    WaitingCustomer,
    /// About to be sealed; a click makes it active again.
    Closing,
    /// Ended, transcript exported; a click reopens it.
    Sealed,
    /// Ended long ago; a click reopens it.
    Archived,
    /// Ended for good.
    Dissolved,
}

impl GroupState {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 10] = [
        Self::Reserved,
        Self::Creating,
        Self::Retrying,
        Self::Failed,
        Self::Active,
        Self::WaitingCustomer,
        Self::Closing,
        Self::Sealed,
        Self::Archived,
        Self::Dissolved,
    ];

    /// The stored name: `reserved`, `creating`, `retrying`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Creating => "creating",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
            Self::Active => "active",
            Self::WaitingCustomer => "waiting_customer",
            Self::Closing => "closing",
            Self::Sealed => "sealed",
            Self::Archived => "archived",
            Self::Dissolved => "dissolved",
        }
    }

    /// The state of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// Being made: a page that shows this looks again by itself.
    pub(super) fn is_pending(self) -> bool {
        matches!(self, Self::Reserved | Self::Creating | Self::Retrying | Self::Failed)
    }

    /// The label of this state.
    pub(super) fn chip(self, s: &'static SharedWords) -> Chip {
        let (icon, tone, words) = match self {
            Self::Reserved | Self::Creating => ("clock", "accent", s.state_making),
            Self::Retrying => ("redo", "warn", s.state_retrying),
            Self::Failed => ("alert", "bad", s.state_failed),
            Self::Active => ("check", "ok", s.state_open),
            Self::WaitingCustomer => ("clock", "ok", s.state_waiting),
            Self::Closing => ("clock", "warn", s.state_closing),
            Self::Sealed | Self::Archived => ("lock", "", s.state_closed),
            Self::Dissolved => ("end", "", s.state_dissolved),
        };
        Chip { icon, tone, words }
    }

    /// Ended, and can be opened again.
    pub(super) fn is_closed(self) -> bool {
        matches!(self, Self::Closing | Self::Sealed | Self::Archived)
    }

    /// Open for talking.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Active | Self::WaitingCustomer)
    }
}

/// The four stages of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TicketStatus {
    /// 已受理
    Accepted,
    /// 处理中
    InProgress,
    /// 待确认
    PendingConfirmation,
    /// 完成
    Done,
}

impl TicketStatus {
    /// The stages in order.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::InProgress, Self::PendingConfirmation, Self::Done];

    /// The stored name: `accepted`, `in_progress`, `pending_confirmation`, `done`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::InProgress => "in_progress",
            Self::PendingConfirmation => "pending_confirmation",
            Self::Done => "done",
        }
    }

    /// The stage of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// How urgent a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// 低
    Low,
    /// 中
    Medium,
    /// 高
    High,
    /// 紧急
    Urgent,
}

impl Priority {
    /// Every priority, least urgent first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Urgent];

    /// The stored name: `low`, `medium`, `high`, `urgent`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// The priority of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        assert!(GroupState::ALL.into_iter().all(|s| GroupState::from_name(s.name()) == Some(s)));
        assert!(TicketStatus::ALL.into_iter().all(|s| TicketStatus::from_name(s.name()) == Some(s)));
        assert!(Priority::ALL.into_iter().all(|p| Priority::from_name(p.name()) == Some(p)));
        assert_eq!(GroupState::from_name("Active"), None);
    }
}
