//! Typed arguments, read leniently by the definition of an API.
//!
//! * A number may be written as a string and a string as a number: `"200110004"` is fine for a Number, `123` for a
//!   String (and means `"123"`).
//! * `null` means absent, and so does an empty value of anything but a String. A required String must not be empty.
//! * Unknown members are passed over; of equal names the last counts; order means nothing.
//! * A Boolean may be `true`, `false` (any case), `1` or `0`, in quotes or not.
//! * A Date is `yyyy-MM-dd HH:mm:ss` in GMT+8, or epoch milliseconds.
//! * A Number may end in `.0`, as PHP and Lua write whole floats; beyond 64 bits it is refused.
//! * A list of simple items is a JSON array or the items joined by commas.
//! * Texts are never trimmed.
//!
//! See the reader of the JSON text for what it takes besides JSON.

use std::borrow::Cow;

use crate::definition::{Field, Kind};
use crate::fault::Fault;
use crate::gmt8;
use crate::json::{self, Node};
use crate::request::Request;

/// The arguments of a call, or the members of an object among them. Texts borrow the request where they can.
///
/// Asking for a name that the definition does not have is a mistake of the program: it stops a debug build, and
/// finds nothing in a release build.
#[derive(Debug, Clone)]
pub struct Arguments<'r> {
    fields: Fields,
    present: Vec<(&'static str, Argument<'r>)>,
}

/// A definition, shown by its names alone.
#[derive(Clone, Copy)]
struct Fields(&'static [Field]);

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|field| field.name)).finish()
    }
}

#[derive(Debug, Clone)]
enum Argument<'r> {
    Text(Cow<'r, str>),
    Number(i64),
    Boolean(bool),
    Date(i64),
    Object(Arguments<'r>),
    List(Vec<Argument<'r>>),
}

/// Reads one kind of argument out of the enum.
macro_rules! getter {
    ($(#[$doc:meta])* $one:ident, $(#[$docs:meta])* $many:ident, $variant:ident($inner:ident) => $value:expr, $type:ty) => {
        $(#[$doc])*
        pub fn $one(&self, name: &str) -> Option<$type> {
            match self.find(name)? {
                Argument::$variant($inner) => Some($value),
                _ => None,
            }
        }

        $(#[$docs])*
        pub fn $many(&self, name: &str) -> Option<impl ExactSizeIterator<Item = $type>> {
            match self.find(name)? {
                // A list holds items of one kind; the definition saw to it.
                Argument::List(items) if items.iter().all(|item| matches!(item, Argument::$variant(_))) => {
                    Some(items.iter().map(|item| match item {
                        Argument::$variant($inner) => $value,
                        _ => unreachable!("every item was looked at just now"),
                    }))
                }
                _ => None,
            }
        }
    };
}

impl<'r> Arguments<'r> {
    getter! {
        /// A String; `None` if absent. It may be empty unless it is required.
        text,
        /// A list of Strings.
        texts, Text(text) => text.as_ref(), &str
    }
    getter! {
        /// A Number.
        number,
        /// A list of Numbers.
        numbers, Number(number) => *number, i64
    }
    getter! {
        /// A Boolean.
        boolean,
        /// A list of Booleans.
        booleans, Boolean(boolean) => *boolean, bool
    }
    getter! {
        /// A Date, in milliseconds since 1970 (UTC).
        date,
        /// A list of Dates, in milliseconds since 1970 (UTC).
        dates, Date(ms) => *ms, i64
    }
    getter! {
        /// An object; `None` if absent, though it may be there and have no members.
        object,
        /// A list of objects.
        objects, Object(object) => object, &Arguments<'r>
    }

    /// The names that are present, in the order of the definition.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.present.iter().map(|(name, _)| *name)
    }

    fn find(&self, name: &str) -> Option<&Argument<'r>> {
        debug_assert!(self.fields.0.iter().any(|field| field.name == name), "no argument is called {name}");
        self.present.iter().find(|(present, _)| *present == name).map(|(_, argument)| argument)
    }

    /// The parameters of a request.
    pub(crate) fn read(fields: &'static [Field], request: &'r Request) -> Result<Arguments<'r>, Fault> {
        Arguments::collect(fields, |field| match request.get(field.name) {
            None => Ok(None),
            Some(text) => parameter(field.name, &field.kind, text),
        })
    }

    /// The members of an object. Its nodes are taken out as they are used.
    fn of_object(
        fields: &'static [Field],
        mut members: Vec<(Cow<'r, str>, Node<'r>)>,
    ) -> Result<Arguments<'r>, Fault> {
        Arguments::collect(fields, |field| match members.iter().rposition(|(name, _)| name == field.name) {
            None => Ok(None),
            Some(at) => member(field.name, &field.kind, std::mem::replace(&mut members[at].1, Node::Null)),
        })
    }

    fn collect(
        fields: &'static [Field],
        mut argument: impl FnMut(&'static Field) -> Result<Option<Argument<'r>>, Fault>,
    ) -> Result<Arguments<'r>, Fault> {
        let mut present = Vec::with_capacity(fields.len());
        for field in fields {
            match argument(field)? {
                Some(Argument::Text(text)) if field.required && text.is_empty() => {
                    return Err(Fault::missing_argument(field.name));
                }
                Some(argument) => present.push((field.name, argument)),
                None if field.required => return Err(Fault::missing_argument(field.name)),
                None => {}
            }
        }
        Ok(Arguments { fields: Fields(fields), present })
    }
}

/// An argument from the text of a parameter.
fn parameter<'r>(name: &str, kind: &'static Kind, text: &'r str) -> Result<Option<Argument<'r>>, Fault> {
    match kind {
        Kind::Object { .. } | Kind::List { item: Kind::Object { .. } | Kind::List { .. }, .. } => {
            if text.is_empty() {
                return Ok(None);
            }
            let node = json::parse(text).map_err(|_| Fault::invalid_argument(name))?;
            member(name, kind, node)
        }
        Kind::List { .. } if text.starts_with('[') => {
            let node = json::parse(text).map_err(|_| Fault::invalid_argument(name))?;
            member(name, kind, node)
        }
        _ => member(name, kind, Node::Text(Cow::Borrowed(text))),
    }
}

/// An argument from a JSON value.
fn member<'r>(name: &str, kind: &'static Kind, node: Node<'r>) -> Result<Option<Argument<'r>>, Fault> {
    let wrong = || Fault::invalid_argument(name);
    let argument = match (kind, node) {
        (_, Node::Null) => return Ok(None),
        (Kind::String, Node::Text(text)) => Argument::Text(text),
        (Kind::String, Node::Number(number)) => Argument::Text(Cow::Borrowed(number)),
        (_, Node::Text(text)) if text.is_empty() => return Ok(None),
        (Kind::Number, Node::Text(text)) => Argument::Number(whole(&text).ok_or_else(wrong)?),
        (Kind::Number, Node::Number(number)) => Argument::Number(whole(number).ok_or_else(wrong)?),
        (Kind::Boolean, Node::Boolean(boolean)) => Argument::Boolean(boolean),
        (Kind::Boolean, Node::Text(text)) => Argument::Boolean(truth(&text).ok_or_else(wrong)?),
        (Kind::Boolean, Node::Number(number)) => Argument::Boolean(truth(number).ok_or_else(wrong)?),
        (Kind::Date, Node::Text(text)) => {
            Argument::Date(gmt8::parse(&text).or_else(|| whole(&text)).ok_or_else(wrong)?)
        }
        (Kind::Date, Node::Number(number)) => Argument::Date(whole(number).ok_or_else(wrong)?),
        (Kind::Object { fields, .. }, Node::Object(members)) => {
            Argument::Object(Arguments::of_object(fields, members)?)
        }
        (Kind::List { item, .. }, Node::List(nodes)) => list(name, item, nodes)?,
        (Kind::List { item: Kind::Object { .. } | Kind::List { .. }, .. }, _) => return Err(wrong()),
        (Kind::List { item, .. }, Node::Text(text)) => list(name, item, split(text))?,
        (Kind::List { item, .. }, node @ (Node::Number(_) | Node::Boolean(_))) => {
            list(name, item, vec![node])?
        }
        _ => return Err(wrong()),
    };
    Ok(Some(argument))
}

/// A `null` inside a list is passed over.
fn list<'r>(name: &str, item: &'static Kind, nodes: Vec<Node<'r>>) -> Result<Argument<'r>, Fault> {
    let items: Result<Vec<_>, _> =
        nodes.into_iter().filter_map(|node| member(name, item, node).transpose()).collect();
    items.map(Argument::List)
}

/// `a,b,c`
fn split(text: Cow<'_, str>) -> Vec<Node<'_>> {
    match text {
        Cow::Borrowed(text) => text.split(',').map(|item| Node::Text(Cow::Borrowed(item))).collect(),
        Cow::Owned(text) => text.split(',').map(|item| Node::Text(Cow::Owned(item.to_owned()))).collect(),
    }
}

/// A whole number of 64 bits, perhaps with a fraction of zeros.
fn whole(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    // `parse` would take a plus sign, which neither JSON nor any SDK writes.
    let zeros = !fraction.is_empty() && fraction.bytes().all(|b| b == b'0');
    if zeros && !whole.starts_with('+') { whole.parse().ok() } else { None }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_of_64_bits() {
        assert_eq!(whole("9223372036854775807"), Some(i64::MAX));
        assert_eq!(whole("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(whole("200110004.0"), Some(200_110_004));
        assert_eq!(whole("007"), Some(7));
        for bad in ["", "9223372036854775808", "1.5", "1.", "1e3", "+1", " 1", "1 ", "0x10", "-", "一"] {
            assert_eq!(whole(bad), None, "{bad}");
        }
    }
}
