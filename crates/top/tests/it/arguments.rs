//! Arguments are read leniently, and refused by name.

use top::apis::GROUP_COMMUNICATION;
use top::{Api, Fault, Request};

use crate::everything::EVERYTHING;
use crate::wire::{Message, encode};

fn request(pairs: &[(&str, &str)]) -> Request {
    Message::form(&encode(pairs)).read()
}

/// The message of the fault that the arguments are refused with.
fn refusal(api: &Api, pairs: &[(&str, &str)]) -> (u16, String) {
    let request = request(pairs);
    let Fault { code, msg, sub_code: None, sub_msg: None } = api.arguments(&request).expect_err("refused")
    else {
        panic!("a platform fault has no details");
    };
    (code, msg.into_owned())
}

fn call(json: &str) -> Request {
    request(&[("service_communication_request", json)])
}

#[test]
fn the_object_may_be_absent_in_three_ways_and_empty_in_one() {
    for absent in [request(&[]), call(""), call("null")] {
        let arguments = GROUP_COMMUNICATION.arguments(&absent).unwrap();
        assert!(arguments.object("service_communication_request").is_none());
    }
    let empty = call(" {} ");
    let arguments = GROUP_COMMUNICATION.arguments(&empty).unwrap();
    let object = arguments.object("service_communication_request").unwrap();
    assert_eq!(object.names().count(), 0);
}

#[test]
fn numbers_and_texts_stand_for_each_other() {
    let call = call(r#"{"tenant_id":"200110004","case_id":123,"staff_id":-1.50,"outer_type":007}"#);
    let arguments = GROUP_COMMUNICATION.arguments(&call).unwrap();
    let object = arguments.object("service_communication_request").unwrap();
    assert_eq!(object.number("tenant_id"), Some(200_110_004));
    assert_eq!(object.text("case_id"), Some("123"));
    assert_eq!(object.text("staff_id"), Some("-1.50"));
    assert_eq!(object.text("outer_type"), Some("007"));
}

#[test]
fn null_is_absent_unknown_is_ignored_the_last_counts_and_nothing_is_trimmed() {
    let call = call(
        r#"{"unknown":{"a":[1,{}]},"case_id":"1","tenant_id":null,"staff_id":" \/ ","case_id":"2","outer_type":""}"#,
    );
    let arguments = GROUP_COMMUNICATION.arguments(&call).unwrap();
    let object = arguments.object("service_communication_request").unwrap();
    assert_eq!(object.names().collect::<Vec<_>>(), ["case_id", "staff_id", "outer_type"]);
    assert_eq!(object.text("case_id"), Some("2"));
    assert_eq!(object.text("staff_id"), Some(" / "));
    assert_eq!(object.text("outer_type"), Some(""));
    assert_eq!(object.number("tenant_id"), None);
}

#[test]
fn python_repr() {
    let call = call(
        "{'case_id': '12\\'3', 'tenant_id': 200110004L, u'staff_id': u'\\u5ba2\\u670d1', 'outer_type': None}",
    );
    let arguments = GROUP_COMMUNICATION.arguments(&call).unwrap();
    let object = arguments.object("service_communication_request").unwrap();
    assert_eq!(object.text("case_id"), Some("12'3"));
    assert_eq!(object.number("tenant_id"), Some(200_110_004));
    assert_eq!(object.text("staff_id"), Some("客服1"));
    assert_eq!(object.text("outer_type"), None);
}

#[test]
fn what_is_no_object_is_refused_by_the_parameter() {
    for text in
        ["x", "{", "[]", "1", "\"{}\"", "true", "{} {}", "{\"case_id\":1", "{\"tenant_id\":\"x\"", " "]
    {
        assert_eq!(
            refusal(&GROUP_COMMUNICATION, &[("service_communication_request", text)]),
            (41, "Invalid arguments:service_communication_request".to_owned()),
            "{text}"
        );
    }
}

#[test]
fn what_is_wrong_inside_is_refused_by_the_member() {
    for (member, value) in [
        ("case_id", "{}"),
        ("case_id", "[\"1\"]"),
        ("case_id", "true"),
        ("tenant_id", "\"abc\""),
        ("tenant_id", "1.5"),
        ("tenant_id", "\" 1\""),
        ("tenant_id", "9223372036854775808"),
        ("tenant_id", "true"),
        ("tenant_id", "[1]"),
    ] {
        let json = format!("{{\"{member}\":{value}}}");
        let expected = (41, format!("Invalid arguments:{member}"));
        assert_eq!(
            refusal(&GROUP_COMMUNICATION, &[("service_communication_request", &json)]),
            expected,
            "{json}"
        );
    }
}

#[test]
fn parameters_of_every_kind() {
    let request = request(&[
        ("title", " t "),
        ("count", "-5"),
        ("flag", "True"),
        ("since", "2022-08-31 21:50:51"),
        ("names", "a,b c,,客"),
        ("ids", "1,2,3"),
        ("flags", "[true,\"false\",1,null]"),
        ("days", "[\"2022-08-31 21:50:51\",1661953851000]"),
        ("order", r#"{"order_id":"7","buyer":"x","paid":0,"tags":"a,b","lines":[{"sku":1},{"amount":"2"}]}"#),
        ("orders", r#"[{"order_id":1,"buyer":"y","tags":["p","q,r"]},null]"#),
    ]);
    let arguments = EVERYTHING.arguments(&request).unwrap();
    let since = 1_661_953_851_000;
    assert_eq!(arguments.text("title"), Some(" t "));
    assert_eq!(arguments.number("count"), Some(-5));
    assert_eq!(arguments.boolean("flag"), Some(true));
    assert_eq!(arguments.date("since"), Some(since));
    assert_eq!(arguments.texts("names").unwrap().collect::<Vec<_>>(), ["a", "b c", "", "客"]);
    assert_eq!(arguments.numbers("ids").unwrap().collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(arguments.booleans("flags").unwrap().collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(arguments.dates("days").unwrap().collect::<Vec<_>>(), [since, since]);
    let order = arguments.object("order").unwrap();
    assert_eq!((order.number("order_id"), order.boolean("paid")), (Some(7), Some(false)));
    assert_eq!(order.texts("tags").unwrap().collect::<Vec<_>>(), ["a", "b"]);
    let lines: Vec<_> =
        order.objects("lines").unwrap().map(|line| (line.text("sku"), line.number("amount"))).collect();
    assert_eq!(lines, [(Some("1"), None), (None, Some(2))]);
    let orders: Vec<_> = arguments.objects("orders").unwrap().collect();
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].texts("tags").unwrap().collect::<Vec<_>>(), ["p", "q,r"]);
}

#[test]
fn optional_parameters_may_be_empty_or_absent() {
    let request =
        request(&[("title", "t"), ("count", ""), ("flag", ""), ("since", ""), ("names", ""), ("ids", "[]")]);
    let arguments = EVERYTHING.arguments(&request).unwrap();
    assert_eq!(arguments.names().collect::<Vec<_>>(), ["title", "ids"]);
    assert_eq!(arguments.numbers("ids").unwrap().len(), 0);
    assert!(arguments.texts("names").is_none());
}

#[test]
fn required_arguments_are_asked_for_by_name() {
    let missing = |name: &str| (40, format!("Missing required arguments:{name}"));
    assert_eq!(refusal(&EVERYTHING, &[]), missing("title"));
    assert_eq!(refusal(&EVERYTHING, &[("title", "")]), missing("title"));
    assert_eq!(refusal(&EVERYTHING, &[("title", "t"), ("order", "{}")]), missing("order_id"));
    assert_eq!(
        refusal(&EVERYTHING, &[("title", "t"), ("order", "{\"order_id\":1,\"buyer\":null}")]),
        missing("buyer")
    );
    assert_eq!(
        refusal(&EVERYTHING, &[("title", "t"), ("orders", "[{\"order_id\":\"\"}]")]),
        missing("order_id")
    );
}

#[test]
fn wrong_parameters_are_refused_by_name() {
    for (name, value) in [
        ("count", "x"),
        ("count", " 1"),
        ("flag", "yes"),
        ("since", "2022-02-30 00:00:00"),
        ("since", "yesterday"),
        ("ids", "1, 2"),
        ("ids", "[1,\"x\"]"),
        ("ids", "[1"),
        ("names", "[{}]"),
        ("order", "[]"),
        ("orders", "{}"),
        ("orders", "[1]"),
        ("orders", "a,b"),
    ] {
        let expected = (41, format!("Invalid arguments:{name}"));
        assert_eq!(refusal(&EVERYTHING, &[("title", "t"), (name, value)]), expected, "{name}={value}");
    }
}

#[test]
fn a_session_is_asked_for_where_it_is_needed() {
    let check =
        |api: &Api, pairs: &[(&str, &str)]| api.check_session(&request(pairs)).map_err(|fault| fault.code);
    assert_eq!(check(&EVERYTHING, &[("session", "s")]), Ok(()));
    assert_eq!(check(&EVERYTHING, &[("session", "")]), Err(26));
    assert_eq!(check(&EVERYTHING, &[]), Err(26));
    assert_eq!(check(&GROUP_COMMUNICATION, &[]), Ok(()));
}
