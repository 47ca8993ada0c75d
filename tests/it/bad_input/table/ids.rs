//! Well-typed values that the service refuses: 50.

use super::{HTML, SQL};
use crate::bad_input::row::{
    Change::{App, Object, Set, Without},
    Row, business,
};

pub(super) fn rows() -> Vec<Row> {
    [missing(), tenants(), unknown(), spelling()].concat()
}

const NO_TENANT: &str =
    "租户不存在或未授权给该应用，请核对 tenant_id (no such tenant for this app, check tenant_id)";
const NO_STAFF: &str =
    "员工不存在，请核对 staff_id 或先添加该员工 (no such staff member, check staff_id or add the person)";
const NO_CASE: &str = "工单不存在，请核对 case_id 或先添加该工单 (no such ticket, check case_id or add it)";
const NO_OUTER_TYPE: &str = "非法参数:outer_type，outer_type 未登记到任何渠道，用 laqun channel add --outer-type 登记 \
     (outer_type belongs to no channel: register it with `laqun channel add --outer-type`)";

fn missing() -> Vec<Row> {
    let object = |name: &str, changes| {
        let sub_msg = "缺少参数:service_communication_request，请传入 JSON 对象 (send a JSON object)";
        business("isv.missing-parameter:service_communication_request", sub_msg, name, changes)
    };
    let case = |name: &str, text: &str| {
        let sub_msg = "缺少参数:case_id，请传入工单 id (send the ticket's id)";
        business("isv.missing-parameter:case_id", sub_msg, name, vec![Object(text.into())])
    };
    let tenant = |name: &str, app| {
        let sub_msg = "缺少参数:tenant_id，该应用可访问多个租户，请指明 (this app may act for several tenants, say which)";
        let changes = vec![App(app), Object(r#"{"case_id":"1","staff_id":"s"}"#.into())];
        business("isv.missing-parameter:tenant_id", sub_msg, name, changes)
    };
    let staff = |name: &str, text: &str| {
        let sub_msg = "缺少参数:staff_id，工单没有负责人，渠道也没有默认群主，请指明 \
                       (neither ticket nor channel has an owner, say who)";
        business("isv.missing-parameter:staff_id", sub_msg, name, vec![App("20000001"), Object(text.into())])
    };
    vec![
        object("no object", vec![Without("service_communication_request")]),
        object("an empty object parameter", vec![Object(String::new())]),
        object("null for an object", vec![Object("null".into())]),
        object("None for an object", vec![Object("None".into())]),
        case("an object without members", "{}"),
        case("an object of unknown members", r#"{"caseId":"1","CASE_ID":"1"}"#),
        case("an empty case_id", r#"{"case_id":"","staff_id":"123"}"#),
        case("a case_id of null", r#"{"case_id":null,"staff_id":"123"}"#),
        case("a case_id of blanks", r#"{"case_id":"  ","staff_id":"123"}"#),
        case("a case_id of Chinese blanks", "{\"case_id\":\"\u{3000}\\t\\n\"}"),
        tenant("no tenant_id with two grants", "20000001"),
        staff("nobody to call", r#"{"case_id":"T1","tenant_id":7}"#),
        staff("a blank staff_id and nobody to call", r#"{"case_id":"T1","tenant_id":7,"staff_id":" "}"#),
    ]
}

/// A tenant that exists and was not granted, and one that does not exist: the same bytes.
fn tenants() -> Vec<Row> {
    let unknown = |name: &str, tenant: &str| {
        let object = format!(r#"{{"case_id":"1","tenant_id":{tenant},"staff_id":"123"}}"#);
        business("isv.tenant-not-exist", NO_TENANT, name, vec![Object(object)])
    };
    let granted_none = |name: &str, tenant: &str| {
        let object = format!(r#"{{"case_id":"1","tenant_id":{tenant},"staff_id":"123"}}"#);
        business("isv.tenant-not-exist", NO_TENANT, name, vec![App("20000003"), Object(object)])
    };
    vec![
        unknown("a tenant that there is not", "404"),
        unknown("another's tenant", "8"),
        unknown("another's tenant as a text", "\"8\""),
        unknown("tenant 0", "0"),
        unknown("a negative tenant", "-200110004"),
        unknown("a tenant of 2^53 + 1", "9007199254740993"),
        unknown("the sample tenant and 2^53", "9007199454851000"),
        unknown("the last number of 64 bits", "9223372036854775807"),
        unknown("the first number of 64 bits", "-9223372036854775808"),
        granted_none("an app without a tenant", "200110004"),
        granted_none("an app without a tenant, and no tenant", "404"),
    ]
}

fn unknown() -> Vec<Row> {
    let json = |text: &str| serde_json::Value::from(text).to_string();
    let staff = |name: &str, id: &str| {
        let object = format!(r#"{{"case_id":"never","tenant_id":200110004,"staff_id":{}}}"#, json(id));
        business("isv.staff-not-exist", NO_STAFF, name, vec![Object(object)])
    };
    let case = |name: &str, id: &str| {
        let object = format!(r#"{{"case_id":{},"tenant_id":7,"staff_id":"s"}}"#, json(id));
        business("isv.case-not-exist", NO_CASE, name, vec![App("20000001"), Object(object)])
    };
    let outer_type = |name: &str, id: &str| {
        let object = format!(r#"{{"case_id":"T1","tenant_id":7,"staff_id":"s","outer_type":{}}}"#, json(id));
        let changes = vec![App("20000001"), Object(object)];
        business("isv.invalid-parameter:outer_type", NO_OUTER_TYPE, name, changes)
    };
    let session = |name: &str, value: &str| {
        let object = r#"{"case_id":"never","staff_id":"nobody"}"#;
        let changes =
            vec![Object(object.into()), Set("session", value.into()), Set("partner_id", value.into())];
        business("isv.staff-not-exist", NO_STAFF, name, changes)
    };
    vec![
        staff("nobody of that staff_id", "nobody"),
        staff("a staff_id and a blank", "123 "),
        staff("a staff_id with a zero before it", "0123"),
        staff("a staff_id in full-width digits", "１２３"),
        staff("a staff_id beyond 2^53", "9007199254740993"),
        staff("SQL as staff_id", SQL),
        staff("HTML as staff_id", HTML),
        case("a ticket that nobody added", "T2"),
        case("a ticket in small letters", "t1"),
        case("a ticket and a blank", "T1 "),
        case("a case_id beyond 2^53", "9007199254740993"),
        case("SQL as case_id", SQL),
        case("HTML as case_id", HTML),
        outer_type("an outer_type that nobody registered", "phone"),
        outer_type("an outer_type in capitals", "DESK"),
        outer_type("SQL as outer_type", SQL),
        outer_type("HTML as outer_type", HTML),
        session("SQL as session and partner_id", SQL),
        session("HTML as session and partner_id", HTML),
        session("NUL as session and partner_id", "\0"),
    ]
}

/// Ids that are too long or hold what no id holds.
fn spelling() -> Vec<Row> {
    let mut rows = Vec::new();
    for (member, max) in [("case_id", 128), ("staff_id", 64), ("outer_type", 64)] {
        let row = |name: &str, value: &str, zh: String, en: String| {
            let mut object = serde_json::json!({"case_id": "1", "tenant_id": 200_110_004, "staff_id": "123"});
            object[member] = value.into();
            let sub_msg = format!("非法参数:{member}，{zh} ({en})");
            let sub_code = format!("isv.invalid-parameter:{member}");
            business(&sub_code, &sub_msg, &format!("{member}: {name}"), vec![Object(object.to_string())])
        };
        for length in [max + 1, 10_000] {
            for letter in ["a", "单", "𠮷"] {
                let zh = format!("{member} 最长 {max} 个字符，收到 {length} 个");
                let en = format!("{member} takes at most {max} characters, got {length}");
                rows.push(row(&format!("{length} times {letter}"), &letter.repeat(length), zh, en));
            }
        }
        for (name, value) in [
            ("NUL", "1\u{0}2"),
            ("nothing but NUL", "\u{0}"),
            ("a line break", "1\n2"),
            ("an escape", "1\u{1b}[2J"),
            ("DEL", "1\u{7f}"),
            ("a C1 control", "1\u{85}2"),
        ] {
            let zh = format!("{member} 不能包含控制字符");
            let en = format!("{member} must not contain control characters");
            rows.push(row(name, value, zh, en));
        }
    }
    rows
}
