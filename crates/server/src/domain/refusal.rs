//! What the rules refuse, with what to do about it in both languages.

/// A refusal of the domain. Surfaces (TOP, pages, command line) each say it in their own shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A value that is needed was not given.
    #[error("{member} is missing: {en}")]
    Missing {
        /// The wire name of the value.
        member: &'static str,
        /// What to do, in Chinese.
        zh: &'static str,
        /// What to do, in English.
        en: &'static str,
    },
    /// A value was given and is refused.
    #[error("{en}")]
    Invalid {
        /// The wire name of the value.
        member: &'static str,
        /// Why and what to do, in Chinese.
        zh: String,
        /// Why and what to do, in English.
        en: String,
    },
    /// The tenant does not exist, or the app was never granted it: the same for both.
    #[error("no such tenant for this app: check tenant_id, or have the app granted with `laqun app grant`")]
    TenantNotExist,
    /// No active staff member has this id in the tenant.
    #[error("no such staff member in this tenant: add one with `laqun staff add`")]
    StaffNotExist,
    /// The tenant wants its tickets known beforehand, and this one is not.
    #[error("no such ticket in this tenant: add it with `laqun ticket add`, or set unknown_case to stub")]
    CaseNotExist,
    /// No such group in the tenant.
    #[error("no such group in this tenant")]
    GroupNotExist,
    /// No such channel in the tenant.
    #[error("no such channel in this tenant: see `laqun channel list`")]
    ChannelNotExist,
    /// The tenant has no channel to put a group on.
    #[error("the tenant has no default channel: add one with `laqun channel add --default`")]
    NoChannel,
    /// Something of that name is there already.
    #[error("{0} exists already")]
    Exists(String),
    /// The group is in a state that does not allow this.
    #[error("the group is {state}: {remedy}")]
    WrongState {
        /// Its state.
        state: &'static str,
        /// What to do instead.
        remedy: &'static str,
    },
    /// Whoever acts was removed from the group.
    #[error("you were removed from this group")]
    Removed,
    /// The group has as many members as it can.
    #[error("the group has its 500 members: remove somebody first")]
    Full,
    /// Nobody asks how good the help was while it goes on.
    #[error("satisfaction is asked for when the ticket is done or the group closed")]
    NotAsked,
    /// The owner of a group is not removed.
    #[error("this is the group's owner: hand it over first")]
    Owner,
}
