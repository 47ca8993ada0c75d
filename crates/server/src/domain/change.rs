//! What a `set` does to one value, and how the audit log tells of it.

use serde_json::{Map, Value, json};

/// What becomes of a value that can be absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It goes.
    Clear,
    /// It becomes this.
    To(T),
}

impl<T> Change<T> {
    /// From a flag with a value and one without.
    pub fn of(to: Option<T>, clear: bool) -> Self {
        match to {
            Some(value) => Self::To(value),
            None if clear => Self::Clear,
            None => Self::Keep,
        }
    }

    /// The value afterwards.
    pub fn apply(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::To(value) => Some(value),
        }
    }
}

/// What a unit changed: each value's name with before and after. Never of a secret.
#[derive(Debug, Default)]
pub(in crate::domain) struct Changed(Map<String, Value>);

impl Changed {
    /// Notes the value if it changed.
    pub(in crate::domain) fn note(&mut self, name: &str, before: impl Into<Value>, after: impl Into<Value>) {
        let (before, after) = (before.into(), after.into());
        if before != after {
            self.0.insert(name.to_owned(), json!({"from": before, "to": after}));
        }
    }

    /// The detail of the audit line.
    pub(in crate::domain) fn detail(self) -> Value {
        Value::Object(self.0)
    }
}
