//! An answer before it has a format.

use std::borrow::Cow;

use crate::definition::{Field, Kind};

/// A tree of values. How it is rendered (order, types on the wire, list wrappers) comes from the definition of
/// the API; a member that is not there is left out of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// For [`Kind::String`].
    Text(Cow<'static, str>),
    /// For [`Kind::Number`].
    Number(i64),
    /// For [`Kind::Boolean`].
    Boolean(bool),
    /// For [`Kind::Date`]: milliseconds since 1970 (UTC), shown in whole seconds in GMT+8.
    Date(i64),
    /// For [`Kind::Object`]: members in any order.
    Object(Vec<(&'static str, Value)>),
    /// For [`Kind::List`].
    List(Vec<Value>),
}

impl Value {
    /// An object with these members.
    pub fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        Value::Object(members.into_iter().collect())
    }

    /// A list of these items.
    pub fn list<V: Into<Value>>(items: impl IntoIterator<Item = V>) -> Value {
        Value::List(items.into_iter().map(Into::into).collect())
    }

    /// Where this value departs from the definition, as a path such as `result.data`: a member the definition
    /// does not know, one given twice, or a value of another kind. `None` if it can be rendered whole.
    pub fn mismatch(&self, fields: &[Field]) -> Option<String> {
        let Value::Object(members) = self else { return Some(String::new()) };
        members.iter().enumerate().find_map(|(at, (name, value))| {
            let field = fields.iter().find(|field| field.name == *name);
            let again = members[..at].iter().any(|(earlier, _)| earlier == name);
            match field {
                Some(field) if !again => value.departs(&field.kind).map(|path| format!("{name}{path}")),
                _ => Some((*name).to_owned()),
            }
        })
    }

    fn departs(&self, kind: &Kind) -> Option<String> {
        match (kind, self) {
            (Kind::Object { fields, .. }, Value::Object(_)) => {
                self.mismatch(fields).map(|path| format!(".{path}"))
            }
            (Kind::List { item, .. }, Value::List(values)) => {
                values.iter().find_map(|value| value.departs(item))
            }
            _ => (!self.fits(kind)).then(String::new),
        }
    }

    /// Whether the value itself, without what is in it, is of this kind.
    pub(crate) fn fits(&self, kind: &Kind) -> bool {
        matches!(
            (kind, self),
            (Kind::String, Value::Text(_))
                | (Kind::Number, Value::Number(_))
                | (Kind::Boolean, Value::Boolean(_))
                | (Kind::Date, Value::Date(_))
                | (Kind::Object { .. }, Value::Object(_))
                | (Kind::List { .. }, Value::List(_))
        )
    }

    /// The members of an object that a definition knows, in its order, each of the right kind.
    pub(crate) fn in_order<'v>(
        &'v self,
        fields: &'static [Field],
    ) -> impl Iterator<Item = (&'static Field, &'v Value)> {
        let members = match self {
            Value::Object(members) => members.as_slice(),
            _ => &[],
        };
        fields.iter().filter_map(move |field| {
            let (_, value) = members.iter().find(|(name, _)| *name == field.name)?;
            value.fits(&field.kind).then_some((field, value))
        })
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Value {
        Value::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Number(number)
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Value {
        Value::Boolean(boolean)
    }
}
