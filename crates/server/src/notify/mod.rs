//! Telling people outside: a tenant's address by HTTP, and staff by e-mail.
//!
//! [`egress`] guards requests whose address a user chose; the mail server is the operator's choice and is not guarded.

pub mod egress;
pub mod mail;
pub mod webhook;

/// How telling ended that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// Not now.
    Later {
        /// What the other side answered, or why it did not.
        cause: String,
        /// How long it asked to wait, seconds.
        after_s: Option<u64>,
    },
    /// Trying again would not help.
    Never {
        /// What the other side answered, or why it was not asked.
        cause: String,
        /// What to do.
        remedy: &'static str,
    },
}

impl Failed {
    fn later(cause: impl Into<String>) -> Self {
        Self::Later { cause: cause.into(), after_s: None }
    }
}

/// What only a program writes, out of a text that stands in a log or a header.
pub(crate) fn plain(text: &str, most: usize) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(most)
        .collect::<String>()
        .trim()
        .to_owned()
}
