//! As much XML as a gateway writes: elements, text, entities, comments, CDATA; attributes are passed over. No
//! document types, hence no entity that grows.

use super::Data;

const MAX_DEPTH: usize = 64;

/// An element that has begun: what was read of it so far.
struct Element<'a> {
    name: &'a str,
    members: Vec<(String, Data)>,
    text: String,
}

impl<'a> Element<'a> {
    fn begin(name: &'a str) -> Element<'a> {
        Element { name, members: Vec::new(), text: String::new() }
    }
}

/// The name of the root and what is in it.
pub(super) fn parse(text: &str) -> Option<(String, Data)> {
    let mut rest = text;
    let mut open: Vec<Element<'_>> = Vec::new();
    let mut root = None;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.split_once("-->")?.1;
        } else if let Some(after) = rest.strip_prefix("<?") {
            rest = after.split_once("?>")?.1;
        } else if let Some(after) = rest.strip_prefix("<![CDATA[") {
            let (data, after) = after.split_once("]]>")?;
            push_lines(data, &mut open.last_mut()?.text);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("</") {
            let (name, after) = after.split_once('>')?;
            rest = after;
            let element = open.pop().filter(|element| element.name == name.trim_end())?;
            close(element, &mut open, &mut root)?;
        } else if let Some(after) = rest.strip_prefix('<') {
            let (tag, after) = split_tag(after)?;
            rest = after;
            let (inside, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
            let name = inside.split_ascii_whitespace().next().filter(|name| !name.starts_with('!'))?;
            if empty {
                close(Element::begin(name), &mut open, &mut root)?;
            } else if open.len() < MAX_DEPTH {
                open.push(Element::begin(name));
            } else {
                return None;
            }
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            let (text, after) = rest.split_at(end);
            rest = after;
            match open.last_mut() {
                Some(element) => unescape(text, &mut element.text)?,
                None if text.trim().is_empty() => {}
                None => return None,
            }
        }
    }
    if open.is_empty() { root } else { None }
}

/// The inside of a tag and what follows it. A `>` inside an attribute's quotes does not end the tag.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some((&text[..at], &text[at + 1..])),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Blanks between members are layout; without members they are the text.
fn close(element: Element<'_>, open: &mut [Element<'_>], root: &mut Option<(String, Data)>) -> Option<()> {
    let data =
        if element.members.is_empty() { Data::Text(element.text) } else { Data::Object(element.members) };
    let named = (element.name.to_owned(), data);
    match open.last_mut() {
        Some(parent) => parent.members.push(named),
        None if root.is_none() => *root = Some(named),
        None => return None,
    }
    Some(())
}

fn unescape(text: &str, out: &mut String) -> Option<()> {
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('&') {
        push_lines(plain, out);
        let (entity, after) = after.split_once(';')?;
        out.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = entity.strip_prefix('#')?;
                let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
                // `from_str_radix` would take a sign.
                let digits = digits.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(digits)?;
                char::from_u32(u32::from_str_radix(digits, radix).ok()?)?
            }
        });
        rest = after;
    }
    push_lines(rest, out);
    Some(())
}

/// Appends text with every line break as one line feed, as XML has it; a carriage return that is meant is written `&#13;`.
fn push_lines(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\r') {
        out.push_str(line);
        out.push('\n');
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    out.push_str(rest);
}
