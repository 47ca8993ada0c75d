//! An answer says the same in all three shapes, and a reader that is not ours finds it well formed.

use arbitrary::{Arbitrary, Result, Unstructured};
use roxmltree::{Document, Node};
use serde_json::Value as Json;
use top::client::{Answer, Data, read_answer};
use top::{Api, Fault, Field, Kind, Output, Value, gmt8, render};

use crate::definition::EVERYTHING;

const SHAPES: [Output; 3] = [Output::XML, Output::JSON, Output::SIMPLE_JSON];

pub(crate) fn run(input: &[u8]) {
    let mut bytes = Unstructured::new(input);
    let made = (|| -> Result<_> {
        let request_id = text(&mut bytes)?;
        let fault = bytes.ratio(1, 8)?.then(|| fault(&mut bytes)).transpose()?;
        Ok((request_id, fault, object(EVERYTHING.response, &mut bytes)?))
    })();
    match made {
        Ok((request_id, Some(fault), _)) => fault_round(&fault, &request_id),
        Ok((request_id, None, value)) => answer_round(&EVERYTHING, &value, &request_id),
        // Too few bytes.
        Err(_) => {}
    }
}

fn answer_round(api: &Api, value: &Value, request_id: &str) {
    assert_eq!(value.mismatch(api.response), None, "the value is made to fit");
    for output in SHAPES {
        let mut out = Vec::new();
        render::answer(api, value, output, request_id, &mut out);
        let text = String::from_utf8(out).expect("UTF-8");
        if output == Output::XML {
            let document = Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            let root = document.root_element();
            assert_eq!(root.tag_name().name(), api.root());
            let [children @ .., id] = &elements(root)[..] else { panic!("no request_id") };
            assert_eq!((id.tag_name().name(), inside(*id)), ("request_id", shown(request_id)));
            xml_object(api.response, value, children);
        } else {
            let json: Json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            let inner = if output.simplify { &json } else { &json[api.root()] };
            assert_eq!(inner["request_id"], request_id);
            let mut expected = json_object(api.response, value, output.simplify);
            expected["request_id"] = request_id.into();
            assert_eq!(*inner, expected, "{text}");
        }
        let Answer { outcome, request_id: id } = read_answer(text.as_bytes()).expect("we read what we write");
        let mut data = outcome.expect("an answer");
        let xml = output == Output::XML;
        // A member of the answer may have no members of its own, and then XML does not tell it from a text.
        assert_eq!(
            id.as_deref(),
            Some(if xml { shown(request_id) } else { request_id.to_owned() }).as_deref()
        );
        if let Data::Object(members) = &mut data {
            assert!(members.iter().all(|(name, _)| api.response.iter().any(|field| field.name == name)));
        }
        client(api.response, value, &data, xml);
    }
}

fn fault_round(fault: &Fault, request_id: &str) {
    for output in SHAPES {
        let mut out = Vec::new();
        render::fault(fault, output, request_id, &mut out);
        let answer = read_answer(&out).expect("we read what we write");
        let text = String::from_utf8(out).expect("UTF-8");
        let as_shown = |text: &str| if output == Output::XML { shown(text) } else { text.to_owned() };
        if output == Output::XML {
            Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        } else {
            let json: Json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(json["error_response"]["msg"], *fault.msg);
        }
        let read = answer.outcome.expect_err("a fault");
        assert_eq!((read.code, read.msg.as_ref()), (fault.code, as_shown(&fault.msg).as_str()));
        assert_eq!(read.sub_code, fault.sub_code.as_deref().map(|text| as_shown(text).into()));
        assert_eq!(read.sub_msg, fault.sub_msg.as_deref().map(|text| as_shown(text).into()));
        assert_eq!(answer.request_id, Some(as_shown(request_id)));
    }
}

fn elements<'a, 'input>(node: Node<'a, 'input>) -> Vec<Node<'a, 'input>> {
    node.children().filter(Node::is_element).collect()
}

fn inside(node: Node<'_, '_>) -> String {
    node.children().filter_map(|child| child.text()).collect()
}

/// What XML 1.0 can hold of a text.
fn shown(text: &str) -> String {
    let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if forbidden(c) { '\u{fffd}' } else { c }).collect()
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Object(members) = value else { panic!("an object") };
    members.iter().find(|(member, _)| *member == name).map(|(_, value)| value)
}

fn xml_object(fields: &[Field], value: &Value, children: &[Node<'_, '_>]) {
    let present: Vec<_> =
        fields.iter().filter_map(|field| Some((field, member(value, field.name)?))).collect();
    assert_eq!(present.len(), children.len());
    for ((field, value), node) in present.into_iter().zip(children) {
        assert_eq!(node.tag_name().name(), field.name);
        xml(&field.kind, value, *node);
    }
}

fn xml(kind: &Kind, value: &Value, node: Node<'_, '_>) {
    match (kind, value) {
        (Kind::Object { fields, .. }, value) => xml_object(fields, value, &elements(node)),
        (Kind::List { item, item_name }, Value::List(items)) => {
            let nodes = elements(node);
            assert_eq!(nodes.len(), items.len());
            for (value, node) in items.iter().zip(nodes) {
                assert_eq!(node.tag_name().name(), *item_name);
                xml(item, value, node);
            }
        }
        (_, leaf) => assert_eq!(inside(node), shown(&plain(leaf))),
    }
}

fn plain(leaf: &Value) -> String {
    match leaf {
        Value::Text(text) => text.clone().into_owned(),
        Value::Number(number) => number.to_string(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Date(ms) => gmt8::text(*ms),
        Value::Object(_) | Value::List(_) => panic!("no leaf"),
    }
}

fn json_object(fields: &[Field], value: &Value, simplify: bool) -> Json {
    let present = fields.iter().filter_map(|field| Some((field, member(value, field.name)?)));
    present.map(|(field, value)| (field.name.to_owned(), json(&field.kind, value, simplify))).collect()
}

fn json(kind: &Kind, value: &Value, simplify: bool) -> Json {
    match (kind, value) {
        (Kind::Object { fields, .. }, value) => json_object(fields, value, simplify),
        (Kind::List { item, item_name }, Value::List(values)) => {
            let items: Json = values.iter().map(|value| json(item, value, simplify)).collect();
            match (simplify, values.is_empty()) {
                (true, _) => items,
                (false, true) => Json::Object(serde_json::Map::new()),
                (false, false) => [((*item_name).to_owned(), items)].into_iter().collect(),
            }
        }
        (Kind::Number, Value::Number(number)) => (*number).into(),
        (Kind::Boolean, Value::Boolean(boolean)) => (*boolean).into(),
        (_, leaf) => plain(leaf).into(),
    }
}

/// What the client finds, by the names of the definition.
fn client(fields: &[Field], value: &Value, data: &Data, is_xml: bool) {
    for field in fields {
        match (member(value, field.name), data.get(field.name)) {
            (Some(value), Some(data)) => client_one(&field.kind, value, data, is_xml),
            (None, None) => {}
            other => panic!("{}: {other:?}", field.name),
        }
    }
}

fn client_one(kind: &Kind, value: &Value, data: &Data, is_xml: bool) {
    match (kind, value) {
        (Kind::Object { fields, .. }, value) => client(fields, value, data, is_xml),
        (Kind::List { item, .. }, Value::List(values)) => {
            let items = data.items();
            assert_eq!(items.len(), values.len());
            for (value, data) in values.iter().zip(items) {
                client_one(item, value, data, is_xml);
            }
        }
        (_, leaf) => {
            let expected = if is_xml { shown(&plain(leaf)) } else { plain(leaf) };
            assert_eq!(data.text().as_deref(), Some(expected.as_str()));
        }
    }
}

fn object(fields: &[Field], bytes: &mut Unstructured<'_>) -> Result<Value> {
    let mut members = Vec::new();
    for field in fields {
        if bool::arbitrary(bytes)? {
            members.push((field.name, make(&field.kind, bytes)?));
        }
    }
    // Members may come in any order.
    if bool::arbitrary(bytes)? {
        members.reverse();
    }
    Ok(Value::Object(members))
}

fn make(kind: &Kind, bytes: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match kind {
        Kind::String => Value::from(text(bytes)?),
        Kind::Number => Value::Number(i64::arbitrary(bytes)?),
        Kind::Boolean => Value::Boolean(bool::arbitrary(bytes)?),
        Kind::Date => Value::Date(i64::arbitrary(bytes)?),
        Kind::Object { fields, .. } => object(fields, bytes)?,
        Kind::List { item, .. } => {
            let length = bytes.int_in_range(0..=3)?;
            Value::List((0..length).map(|_| make(item, bytes)).collect::<Result<_>>()?)
        }
    })
}

/// Half of them one of the texts that are special somewhere.
fn text(bytes: &mut Unstructured<'_>) -> Result<String> {
    const SPECIAL: [&str; 12] = [
        "",
        "]]>",
        "<a>",
        "&amp;",
        "\r\n",
        "\u{0}",
        "\u{fffe}",
        "\u{ffff}",
        "客😀",
        "\"\\/",
        "\t \n",
        "\u{85}\u{2028}",
    ];
    if bool::arbitrary(bytes)? { Ok((*bytes.choose(&SPECIAL)?).to_owned()) } else { String::arbitrary(bytes) }
}

fn fault(bytes: &mut Unstructured<'_>) -> Result<Fault> {
    let (code, msg) = (u16::arbitrary(bytes)?, text(bytes)?.into());
    let mut part = || bool::arbitrary(bytes)?.then(|| text(bytes).map(Into::into)).transpose();
    Ok(Fault { code, msg, sub_code: part()?, sub_msg: part()? })
}
