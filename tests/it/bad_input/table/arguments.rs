//! Arguments of the wrong type: 41.

use super::{HTML, SQL};
use crate::bad_input::row::{
    Change::{Get, Object},
    Row, platform,
};

pub(super) fn rows() -> Vec<Row> {
    [objects(), texts(), numbers()].concat()
}

fn wrong(argument: &str, name: &str, object: &str) -> Row {
    platform(41, &format!("Invalid arguments:{argument}"), name, vec![Object(object.into())])
}

fn objects() -> Vec<Row> {
    let object = |name: &str, text: &str| wrong("service_communication_request", name, text);
    let valid = r#""tenant_id":200110004,"staff_id":"123""#;
    vec![
        object("a word for an object", "hello"),
        object("a JSON text for an object", "\"hello\""),
        object("a number for an object", "123"),
        object("true for an object", "true"),
        object("a list for an object", r#"[{"case_id":"1"}]"#),
        object("an object without end", r#"{"case_id":"1""#),
        object("an object that ends twice", r#"{"case_id":"1"}}"#),
        object("two objects", r#"{"case_id":"1"} {"case_id":"1"}"#),
        object("a comma too many", r#"{"case_id":"1",}"#),
        object("a name without quotes", r#"{case_id:"1"}"#),
        object("a text without end", r#"{"case_id":"1}"#),
        object("half a surrogate pair, escaped", r#"{"case_id":"\ud800"}"#),
        object("NaN", r#"{"tenant_id":NaN}"#),
        object("a number of two points", r#"{"tenant_id":1.2.3}"#),
        object("nesting of 65 levels", &format!("{}1{}", r#"{"a":"#.repeat(65), "}".repeat(65))),
        object("lists without end", &"[".repeat(300_000)),
        object("a byte order mark", &format!("\u{feff}{{\"case_id\":\"1\",{valid}}}")),
        object("XML for JSON", "<case_id>1</case_id>"),
        object("SQL for JSON", SQL),
        object("HTML for JSON", HTML),
        object("NUL for JSON", "\0"),
        object("a blank for JSON", " "),
        object("what a browser sends for an object", "[object Object]"),
        platform(
            41,
            "Invalid arguments:service_communication_request",
            "broken JSON in a GET",
            vec![Object("{".into()), Get],
        ),
    ]
}

fn texts() -> Vec<Row> {
    let mut rows = Vec::new();
    for member in ["case_id", "staff_id", "outer_type"] {
        for (kind, value) in
            [("an object", "{}"), ("a list", "[\"1\"]"), ("true", "true"), ("false", "false")]
        {
            let object =
                format!(r#"{{"case_id":"1","tenant_id":200110004,"staff_id":"123","{member}":{value}}}"#);
            rows.push(wrong(member, &format!("{kind} as {member}"), &object));
        }
    }
    let twice = r#"{"case_id":"1","staff_id":"123","case_id":[]}"#;
    rows.push(wrong("case_id", "a member twice: the last counts", twice));
    rows
}

fn numbers() -> Vec<Row> {
    let values = [
        ("a word", "\"abc\""),
        ("a fraction", "1.5"),
        ("an exponent", "2e8"),
        ("true", "true"),
        ("a list", "[200110004]"),
        ("an object", "{}"),
        ("a blank before it", "\" 200110004\""),
        ("a sign before it", "\"+200110004\""),
        ("Chinese digits", "\"２００１１０００４\""),
        ("hexadecimal", "\"0xBEE2F74\""),
        ("2^63", "9223372036854775808"),
        ("2^64 and more", "18446744073709551617"),
        ("a number of 10,000 digits", &"9".repeat(10_000)),
        ("NUL", "\"200110004\\u0000\""),
        ("SQL", &serde_json::Value::from(SQL).to_string()),
        ("HTML", &serde_json::Value::from(HTML).to_string()),
    ];
    values
        .map(|(name, value)| {
            let object = format!(r#"{{"case_id":"1","staff_id":"123","tenant_id":{value}}}"#);
            wrong("tenant_id", &format!("tenant_id is {name}"), &object)
        })
        .into()
}
