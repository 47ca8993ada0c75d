//! Golden bytes: what clients read, to the byte.

use top::apis::{GROUP_COMMUNICATION, TIME_GET};
use top::{Api, Code, Fault, Kind, Output, Value, apis, render};

use crate::everything::EVERYTHING;
use crate::wire::fixture;

const ID: &str = "3jvmp9ck65dy";

fn answer(api: &Api, value: &Value, output: Output) -> String {
    let mut out = Vec::new();
    render::answer(api, value, output, ID, &mut out);
    String::from_utf8(out).expect("UTF-8")
}

fn fault(fault: &Fault, output: Output, request_id: &str) -> String {
    let mut out = Vec::new();
    render::fault(fault, output, request_id, &mut out);
    String::from_utf8(out).expect("UTF-8")
}

/// Members in another order than the definition's.
fn group() -> Value {
    let data = Value::object([
        ("account_type", 1.into()),
        ("team_group_id", "123".into()),
        ("group_qr_code", "http://h/q?a=1&b=<2>".into()),
        ("group_link", "dingtalk://群\"\\".into()),
    ]);
    let result = [("success", true.into()), ("data", data), ("code", "200".into()), ("msg", "成功\n".into())];
    Value::object([("result", Value::object(result))])
}

#[test]
fn json() {
    assert_eq!(
        answer(&GROUP_COMMUNICATION, &group(), Output::JSON),
        "{\"alibaba_lyservice_group_group_communication_response\":{\"result\":{\"msg\":\"成功\\n\",\"code\":\"200\",\
         \"data\":{\"group_link\":\"dingtalk:\\/\\/群\\\"\\\\\",\"group_qr_code\":\"http:\\/\\/h\\/q?a=1&b=<2>\",\
         \"account_type\":1,\"team_group_id\":\"123\"},\"success\":true},\"request_id\":\"3jvmp9ck65dy\"}}"
    );
}

#[test]
fn simplified_json() {
    let full = answer(&GROUP_COMMUNICATION, &group(), Output::JSON);
    let inside = full
        .strip_prefix("{\"alibaba_lyservice_group_group_communication_response\":")
        .and_then(|rest| rest.strip_suffix('}'));
    assert_eq!(Some(answer(&GROUP_COMMUNICATION, &group(), Output::SIMPLE_JSON).as_str()), inside);
}

#[test]
fn xml() {
    assert_eq!(
        answer(&GROUP_COMMUNICATION, &group(), Output::XML),
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?><alibaba_lyservice_group_group_communication_response><result>\
         <msg>成功\n</msg><code>200</code><data><group_link>dingtalk://群\"\\</group_link>\
         <group_qr_code>http://h/q?a=1&amp;b=&lt;2&gt;</group_qr_code><account_type>1</account_type>\
         <team_group_id>123</team_group_id></data><success>true</success></result>\
         <request_id>3jvmp9ck65dy</request_id></alibaba_lyservice_group_group_communication_response>"
    );
}

#[test]
fn the_published_sample() {
    let sample = String::from_utf8(fixture("seed-answer.xml")).unwrap();
    let sample: String = sample.lines().map(str::trim).collect();
    let [result] = GROUP_COMMUNICATION.response else { panic!("one member") };
    let Kind::Object { fields, .. } = result.kind else { panic!("an object") };
    let Kind::Object { fields: data, .. } = fields[2].kind else { panic!("an object") };
    let data = Value::object([
        ("group_link", data[0].example.into()),
        ("group_qr_code", data[1].example.into()),
        ("account_type", 1.into()),
        ("team_group_id", "123".into()),
    ]);
    let result = [("msg", "123".into()), ("code", "200".into()), ("data", data), ("success", true.into())];
    let answer =
        answer(&GROUP_COMMUNICATION, &Value::object([("result", Value::object(result))]), Output::XML);
    let without_frame = answer
        .replace("<?xml version=\"1.0\" encoding=\"utf-8\" ?>", "")
        .replace("<request_id>3jvmp9ck65dy</request_id>", "");
    assert_eq!(without_frame, sample);
}

#[test]
fn time_get_as_seen_live() {
    let value = Value::object([("time", Value::Date(1_442_389_017_000))]);
    assert_eq!(
        answer(&TIME_GET, &value, Output::JSON),
        "{\"time_get_response\":{\"time\":\"2015-09-16 15:36:57\",\"request_id\":\"3jvmp9ck65dy\"}}"
    );
    assert_eq!(
        answer(&TIME_GET, &value, Output::XML),
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?><time_get_response><time>2015-09-16 15:36:57</time>\
         <request_id>3jvmp9ck65dy</request_id></time_get_response>"
    );
}

/// One answer with every kind, wrapped and not.
#[test]
fn lists_and_every_kind() {
    let line = |sku: &'static str| Value::object([("sku", sku.into())]);
    let order = Value::object([
        ("order_id", i64::MAX.into()),
        ("lines", Value::list([line("a"), line("b")])),
        ("tags", Value::list::<Value>([])),
    ]);
    let value = Value::object([
        ("note", "\u{1}\u{8}\u{c}\r\t\u{7f}\u{2028}".into()),
        ("total", i64::MIN.into()),
        ("ok", false.into()),
        ("at", Value::Date(0)),
        ("names", Value::list(["x", ""])),
        ("ids", Value::list([1, 2])),
        ("orders", Value::list([order])),
    ]);
    let scalars = "\"note\":\"\\u0001\\b\\f\\r\\t\u{7f}\u{2028}\",\"total\":-9223372036854775808,\"ok\":false,\
                   \"at\":\"1970-01-01 08:00:00\"";
    assert_eq!(
        answer(&EVERYTHING, &value, Output::JSON),
        format!(
            "{{\"laqun_test_everything_response\":{{{scalars},\"names\":{{\"string\":[\"x\",\"\"]}},\
             \"ids\":{{\"number\":[1,2]}},\"orders\":{{\"test_order\":[{{\"order_id\":9223372036854775807,\
             \"lines\":{{\"test_line\":[{{\"sku\":\"a\"}},{{\"sku\":\"b\"}}]}},\"tags\":{{}}}}]}},\
             \"request_id\":\"3jvmp9ck65dy\"}}}}"
        )
    );
    assert_eq!(
        answer(&EVERYTHING, &value, Output::SIMPLE_JSON),
        format!(
            "{{{scalars},\"names\":[\"x\",\"\"],\"ids\":[1,2],\"orders\":[{{\"order_id\":9223372036854775807,\
             \"lines\":[{{\"sku\":\"a\"}},{{\"sku\":\"b\"}}],\"tags\":[]}}],\"request_id\":\"3jvmp9ck65dy\"}}"
        )
    );
    assert_eq!(
        answer(&EVERYTHING, &value, Output::XML),
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?><laqun_test_everything_response>\
         <note>\u{fffd}\u{fffd}\u{fffd}&#13;\t\u{7f}\u{2028}</note><total>-9223372036854775808</total><ok>false</ok>\
         <at>1970-01-01 08:00:00</at><names><string>x</string><string></string></names>\
         <ids><number>1</number><number>2</number></ids><orders><test_order><order_id>9223372036854775807</order_id>\
         <lines><test_line><sku>a</sku></test_line><test_line><sku>b</sku></test_line></lines><tags></tags>\
         </test_order></orders><request_id>3jvmp9ck65dy</request_id></laqun_test_everything_response>"
    );
}

#[test]
fn an_answer_without_members() {
    let nothing = Value::object([]);
    assert_eq!(
        answer(&TIME_GET, &nothing, Output::JSON),
        "{\"time_get_response\":{\"request_id\":\"3jvmp9ck65dy\"}}"
    );
    assert_eq!(answer(&TIME_GET, &nothing, Output::SIMPLE_JSON), "{\"request_id\":\"3jvmp9ck65dy\"}");
}

#[test]
fn faults_as_seen_live() {
    assert_eq!(
        fault(&Fault::platform(Code::InvalidAppKey), Output::JSON, "fwx2977sp1lq"),
        "{\"error_response\":{\"code\":29,\"msg\":\"Invalid app Key\",\"sub_code\":\"isv.appkey-not-exists\",\
         \"request_id\":\"fwx2977sp1lq\"}}"
    );
    assert_eq!(
        fault(&Fault::platform(Code::InvalidSignature), Output::XML, "exz2eejn5y85"),
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?><error_response><code>25</code><msg>Invalid signature</msg>\
         <request_id>exz2eejn5y85</request_id></error_response>"
    );
}

#[test]
fn a_business_fault_is_the_same_simplified_or_not() {
    let refused = Fault::business(50, "isv.invalid-parameter", "非法参数 a/b <c>");
    for output in [Output::JSON, Output::SIMPLE_JSON] {
        assert_eq!(
            fault(&refused, output, ID),
            "{\"error_response\":{\"code\":50,\"msg\":\"Remote service error\",\"sub_code\":\"isv.invalid-parameter\",\
             \"sub_msg\":\"非法参数 a\\/b <c>\",\"request_id\":\"3jvmp9ck65dy\"}}"
        );
    }
    assert_eq!(
        fault(&refused, Output::XML, ID),
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?><error_response><code>50</code><msg>Remote service error</msg>\
         <sub_code>isv.invalid-parameter</sub_code><sub_msg>非法参数 a/b &lt;c&gt;</sub_msg>\
         <request_id>3jvmp9ck65dy</request_id></error_response>"
    );
}

#[test]
fn content_types() {
    assert_eq!(Output::XML.content_type(), "text/xml;charset=UTF-8");
    assert_eq!(Output::JSON.content_type(), "text/javascript;charset=UTF-8");
    assert_eq!(Output::SIMPLE_JSON.content_type(), "text/javascript;charset=UTF-8");
}

#[test]
fn a_value_that_departs_from_the_definition_is_told_where() {
    let inner = |name: &'static str, value: Value| {
        Value::object([("result", Value::object([("data", Value::object([(name, value)]))]))])
    };
    let at = |value: &Value| value.mismatch(GROUP_COMMUNICATION.response);
    assert_eq!(at(&group()), None);
    assert_eq!(at(&inner("account_type", 1.into())), None);
    assert_eq!(at(&inner("account_type", "1".into())).as_deref(), Some("result.data.account_type"));
    assert_eq!(at(&inner("member", 1.into())).as_deref(), Some("result.data.member"));
    assert_eq!(at(&Value::object([("result", 1.into())])).as_deref(), Some("result"));
    let twice = Value::object([("time", Value::Date(0)), ("time", Value::Date(0))]);
    assert_eq!(twice.mismatch(TIME_GET.response).as_deref(), Some("time"));
    let list = Value::object([("ids", Value::list(["x"]))]);
    assert_eq!(list.mismatch(EVERYTHING.response).as_deref(), Some("ids"));
}

#[test]
fn roots() {
    assert_eq!(GROUP_COMMUNICATION.root(), "alibaba_lyservice_group_group_communication_response");
    assert_eq!(TIME_GET.root(), "time_get_response");
    assert_eq!(EVERYTHING.root(), "laqun_test_everything_response");
}

#[test]
fn no_answer_has_a_member_that_sdks_take_for_an_error() {
    let reserved = ["code", "msg", "sub_code", "sub_msg", "request_id", "error_response"];
    for api in apis::ALL {
        assert!(api.response.iter().all(|field| !reserved.contains(&field.name)), "{}", api.name);
        assert!(!api.title_zh.is_empty() && !api.title_en.is_empty() && !api.response.is_empty());
    }
}

#[test]
fn kinds_have_titles() {
    let title = |name: &str| EVERYTHING.request.iter().find(|f| f.name == name).map(|f| f.kind.title());
    assert_eq!(title("ids").as_deref(), Some("Number []"));
    assert_eq!(title("orders").as_deref(), Some("TestOrder []"));
    assert_eq!(title("since").as_deref(), Some("Date"));
}
