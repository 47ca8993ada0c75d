//! An answer read back, from XML, JSON or simplified JSON: which of them, it shows itself.

use std::borrow::Cow;

use crate::fault::Fault;
use crate::json::{self, Node};

use super::xml;

/// What a gateway answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The members of the answer without `request_id`, or the fault.
    pub outcome: Result<Data, Fault>,
    /// The gateway's name for this call: what its operators ask for.
    pub request_id: Option<String>,
}

/// Not an answer of a TOP gateway: neither its XML nor its JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an answer of a TOP gateway")]
pub struct Unreadable;

/// A tree of answered values. XML tells no types: there every leaf is a text, and a list is an object whose members
/// all have the name of the item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// A string; in XML any leaf.
    Text(String),
    /// A number as it was written, so that no digit is lost.
    Number(String),
    /// `true` or `false`.
    Boolean(bool),
    /// A JSON array.
    List(Vec<Data>),
    /// Members in their order.
    Object(Vec<(String, Data)>),
}

impl Data {
    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<&Data> {
        match self {
            Data::Object(members) => members.iter().find(|(member, _)| member == name).map(|(_, data)| data),
            _ => None,
        }
    }

    /// The member at the end of a path.
    pub fn at(&self, path: &[&str]) -> Option<&Data> {
        path.iter().try_fold(self, |data, name| data.get(name))
    }

    /// A leaf as text, whatever its type.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Data::Text(text) | Data::Number(text) => Some(Cow::Borrowed(text)),
            Data::Boolean(boolean) => Some(Cow::Borrowed(if *boolean { "true" } else { "false" })),
            Data::List(_) | Data::Object(_) => None,
        }
    }

    /// [`Data::text`] of [`Data::at`].
    pub fn text_at(&self, path: &[&str]) -> Option<Cow<'_, str>> {
        self.at(path)?.text()
    }

    /// The items of a list, with its wrapper (`{"string":[…]}`, `<string>…</string>`) or without.
    pub fn items(&self) -> Vec<&Data> {
        match self {
            Data::List(items) => items.iter().collect(),
            Data::Object(members) => match members.as_slice() {
                [(_, Data::List(items))] => items.iter().collect(),
                members => members.iter().map(|(_, item)| item).collect(),
            },
            _ => Vec::new(),
        }
    }
}

/// Reads an answer.
///
/// # Errors
/// If it is neither XML nor a JSON object, or an `error_response` without a code.
pub fn read_answer(body: &[u8]) -> Result<Answer, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|_| Unreadable)?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('<') {
        let (root, data) = xml::parse(text).ok_or(Unreadable)?;
        return finish(&root, data);
    }
    let data = json::parse(text).ok().and_then(data).ok_or(Unreadable)?;
    let Data::Object(mut members) = data else { return Err(Unreadable) };
    match members.as_slice() {
        [(root, Data::Object(_))] if root == "error_response" || root.ends_with("_response") => {
            let (root, data) = members.swap_remove(0);
            finish(&root, data)
        }
        _ => finish("", Data::Object(members)),
    }
}

fn finish(root: &str, mut data: Data) -> Result<Answer, Unreadable> {
    // A root with nothing in it is a text to XML.
    if matches!(&data, Data::Text(text) if text.is_empty()) {
        data = Data::Object(Vec::new());
    }
    let Data::Object(members) = &mut data else { return Err(Unreadable) };
    let request_id = members
        .iter()
        .rposition(|(name, _)| name == "request_id")
        .and_then(|at| members.remove(at).1.text().map(Cow::into_owned));
    if root != "error_response" {
        return Ok(Answer { outcome: Ok(data), request_id });
    }
    let text = |name: &str| -> Option<Cow<'static, str>> {
        data.get(name).and_then(Data::text).map(|text| Cow::Owned(text.into_owned()))
    };
    let code = text("code").and_then(|code| code.parse().ok()).ok_or(Unreadable)?;
    let msg = text("msg").unwrap_or_default();
    let fault = Fault { code, msg, sub_code: text("sub_code"), sub_msg: text("sub_msg") };
    Ok(Answer { outcome: Err(fault), request_id })
}

/// A `null` says nothing and is left out.
fn data(node: Node<'_>) -> Option<Data> {
    Some(match node {
        Node::Null => return None,
        Node::Boolean(boolean) => Data::Boolean(boolean),
        Node::Number(number) => Data::Number(number.to_owned()),
        Node::Text(text) => Data::Text(text.into_owned()),
        Node::List(nodes) => Data::List(nodes.into_iter().filter_map(data).collect()),
        Node::Object(members) => Data::Object(
            members.into_iter().filter_map(|(name, node)| Some((name.into_owned(), data(node)?))).collect(),
        ),
    })
}
