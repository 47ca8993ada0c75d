//! The pages in a real browser: Debian's Chromium, driven by `tests/browser/*.mjs`.
//!
//! Screenshots are left in `tests/.work/screenshots`.

use std::{
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};

use crate::harness::{Caller, Engine, Server, TENANT, clients_folder};

const TITLE: &str = "洗碗机安装后漏水";
const COMPANY: &str = "云杉家电售后";

#[tokio::test]
async fn the_link_signs_the_agent_in_once_and_the_code_on_the_screen_opens_the_customers_page() {
    let Some(clients) = clients_folder() else { return };
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let mut plan = plan(&server).await;
        if engine != Engine::Sqlite {
            // The pages are the same; that their facts come from another database is seen once.
            plan["readers"] = json!(["phone-zh-light"]);
        }
        run("story.mjs", &clients, &plan, engine);
    }
}

#[tokio::test]
async fn staff_talk_in_two_lanes_save_the_ticket_and_do_what_colleagues_do() {
    let Some(clients) = clients_folder() else { return };
    let server = Server::start(Engine::Sqlite).await;
    let mut plan = plan(&server).await;
    let mut colleagues = json!({});
    for (n, reader) in ["phone-zh-light", "phone-zh-dark", "desk-en-light", "desk-en-dark"].iter().enumerate()
    {
        let (staff_id, name) = (format!("79{n}"), format!("周博文{n}"));
        server.admin_json("staff add", &[&staff_id, "--name", &name]);
        colleagues[*reader] = json!({"staff_id": staff_id, "name": name});
    }
    plan["colleagues"] = colleagues;
    plan["words"] = json!({
        "zh": {"customer": "客户可见", "internal": "仅内部", "urgent": "紧急", "reply": "您好，请问有什么可以帮您"},
        "en": {"customer": "Customer sees this", "internal": "Internal only", "urgent": "Urgent", "reply": "Hello, how can I help"},
    });
    run("desk.mjs", &clients, &plan, server.engine);
}

#[tokio::test]
async fn every_address_says_something_sensible_with_javascript_and_without() {
    let Some(clients) = clients_folder() else { return };
    let server = Server::start(Engine::Sqlite).await;
    let mut plan = plan(&server).await;
    plan["addresses"] = addresses(&server).await;
    plan["foreign_group"] = foreign_group(&server).await.into();
    plan["waiting"] = waiting(&server).await;
    run("pages.mjs", &clients, &plan, server.engine);
}

#[tokio::test]
async fn the_picture_of_the_code_decodes_to_the_customers_address() {
    let server = Server::start(Engine::Sqlite).await;
    let answer = server.caller().communicate(&request("123", "111")).await;
    let address = answer.data()["group_qr_code"].as_str().expect("an address").to_owned();
    let picture = reqwest::get(&address).await.expect("the server answers");
    assert_eq!(picture.headers()["content-type"], "image/png");
    let file = server.folder.path().join("qr.png");
    std::fs::write(&file, picture.bytes().await.expect("a picture")).expect("a file");
    let scanned =
        Command::new("zbarimg").args(["--quiet", "--raw"]).arg(&file).output().expect("zbarimg runs");
    let expected = address.strip_suffix("/qr.png").expect("a picture's address");
    assert_eq!(String::from_utf8_lossy(&scanned.stdout).trim(), expected);
}

#[tokio::test]
async fn a_customer_comes_in_by_the_link_and_talks_whatever_the_network_does() {
    let Some(clients) = clients_folder() else { return };
    let server = Server::start(Engine::Sqlite).await;
    let mut plan = plan(&server).await;
    plan["groups"] = talks(&server).await;
    plan["internal"] = "内部：这位客户很急".into();
    plan["png"] = data_encoding::BASE64.encode(&photo()).into();
    plan["file_bytes"] = (20 << 20).into();
    plan["many"] = 210.into();
    for (lang, words) in [("zh", CUSTOMER_ZH), ("en", CUSTOMER_EN)] {
        for (key, text) in words {
            plan["words"][lang][key] = (*text).into();
        }
    }
    run("customer.mjs", &clients, &plan, server.engine);
}

/// What the customer's page says, by the names that its script uses.
const CUSTOMER_ZH: &[(&str, &str)] = &[
    ("joined", "您打开链接进入了群聊"),
    ("read", "已读"),
    ("typing", "正在输入"),
    ("reply", "引用回复"),
    ("take_back", "撤回"),
    ("too_large", "请压缩后再发"),
    ("record", "发语音"),
    ("offline", "3 条消息已存在手机里"),
    ("download", "下载聊天记录"),
    ("large", "大字"),
    ("contact", "留联系方式"),
    ("bad_phone", "手机号不对"),
    ("thanks", "很满意"),
    ("renewed", "这张二维码换过了"),
];
const CUSTOMER_EN: &[(&str, &str)] = &[
    ("joined", "You joined by the link"),
    ("read", "Read"),
    ("typing", "typing"),
    ("reply", "Reply with quote"),
    ("take_back", "Take back"),
    ("too_large", "Please send a smaller one"),
    ("record", "Voice message"),
    ("offline", "3 messages are kept on this device"),
    ("download", "Download the conversation"),
    ("large", "Large type"),
    ("contact", "Leave contact details"),
    ("bad_phone", "This is no phone number"),
    ("thanks", "Very good"),
    ("renewed", "This QR code has been replaced"),
];

/// A group for each reader: where staff sign in, where its customer comes in.
async fn talks(server: &Server) -> Value {
    let mut talks = json!({});
    for reader in ["phone-zh-light", "phone-zh-dark", "desk-en-light", "desk-en-dark"] {
        let case = format!("talk-{reader}");
        server.admin_json("ticket add", &[&case, "--title", TITLE]);
        let object = request(&case, "111");
        let answer = server.caller().communicate(&object).await;
        let code = text(&answer.data()["group_qr_code"]);
        talks[reader] = json!({
            "link": text(&answer.data()["group_link"]),
            "customer_url": code.strip_suffix("/qr.png").expect("a picture's address"),
        });
    }
    talks
}

/// A picture as a phone would send it, but small: 320 × 200, with something to see.
fn photo() -> Vec<u8> {
    let (width, height) = (320_u32, 200_u32);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().expect("a header");
    let pixel = |n: u32| {
        let (x, y) = (n % width, n / width);
        if y > 120 && x.abs_diff(160) < 100 {
            [143, 185, 196]
        } else {
            [201, 207, u8::try_from(y / 2 + 100).unwrap_or(0)]
        }
    };
    let pixels: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    writer.write_image_data(&pixels).expect("pixels");
    writer.finish().expect("an end");
    bytes
}

fn request(case_id: &str, outer_type: &str) -> Value {
    json!({"case_id": case_id, "tenant_id": TENANT, "staff_id": "123", "outer_type": outer_type})
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

/// The address that a group's code holds.
async fn customer_url(caller: &Caller, request: &Value) -> String {
    let code = text(&caller.communicate(request).await.data()["group_qr_code"]);
    code.strip_suffix("/qr.png").expect("a picture's address").to_owned()
}

/// What the scripts need to know: addresses, names, and what nobody without a session may read.
async fn plan(server: &Server) -> Value {
    let caller = server.caller();
    let request = request("123", "111");
    let mut links = Vec::new();
    for _ in 0..4 {
        links.push(text(&caller.communicate(&request).await.data()["group_link"]));
    }
    let description = "昨天装的，今天开机后门下面漏水。";
    json!({
        "url": server.url,
        "links": links,
        "customer_url": customer_url(&caller, &request).await,
        "team_group_id": server.printed["team_group_id"],
        "company": COMPANY,
        "caller": "林晓",
        "people": ["林晓", "陈女士"],
        "group": "工单 123",
        "ticket": {"case_id": "123", "title": TITLE, "description": description},
        "words": {
            "zh": {"stage": "处理中", "priority": "高", "open": "进行中", "no_script": "这里要用 JavaScript 登录",
                "pulled_in": "1 人已拉进群，客户待进群"},
            "en": {"stage": "In progress", "priority": "High", "open": "Open", "no_script": "Signing in needs JavaScript",
                "pulled_in": "1 person was pulled in, the customer is expected"},
        },
        // What the ticket says is not for somebody who has only the link.
        "secrets": [TITLE, description, "林晓", "陈女士", "处理中", "In progress", "优先级", "Priority", server.printed["team_group_id"]],
        "screenshots": Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/.work/screenshots"),
    })
}

/// Tokens and addresses of every kind, with what a page says about each.
async fn addresses(server: &Server) -> Value {
    let caller = server.caller();
    let closing = customer_url(&caller, &request("closing", "111")).await;
    let dissolved = customer_url(&caller, &request("dissolved", "111")).await;
    for (case, act) in [("closing", "close"), ("dissolved", "dissolve")] {
        let rows = server.admin_json("group list", &["--case-id", case]);
        let id = text(&rows[0]["open_conversation_id"]);
        server.admin_json(&format!("group {act}"), &[&id]);
    }
    let page = |name: &str, address: &str, status: u16, zh: &str, en: &str| json!({"name": name, "address": address, "status": status, "words": {"zh": zh, "en": en}});
    json!([
        page("malformed", "/g/0OIl", 404, "链接不完整", "The link is incomplete"),
        page("unknown", &format!("/g/{}", "1".repeat(16)), 404, "没有找到这个群", "This group was not found"),
        page("closing", &closing, 200, "对话快要结束了", "This conversation is about to close"),
        page("dissolved", &dissolved, 410, "这个群已结束", "This group has ended"),
        page("no-page", "/nothing/here", 404, "没有这个页面", "There is no such page"),
        page("bare", "/customer-service/index.html", 200, "登录后才能看这个群", "Sign in to see this group"),
    ])
}

/// The page of a group in which the demo's agent is not.
async fn foreign_group(server: &Server) -> String {
    server.admin_json("staff add", &["456", "--name", "周岩"]);
    let object = json!({"case_id": "other", "tenant_id": TENANT, "staff_id": "456", "outer_type": "111"});
    text(&server.caller().communicate(&object).await.data()["group_link"])
        .split_once('#')
        .expect("a fragment")
        .0
        .to_owned()
}

/// For each reader a group that its platform refused, and the command that clicks again.
async fn waiting(server: &Server) -> Value {
    let mut waiting = json!({});
    for reader in ["phone-zh-light", "phone-zh-dark", "desk-en-light", "desk-en-dark"] {
        let settings = json!({"fault": "fail", "fault_count": 1}).to_string();
        let add = [reader, "--platform", "sandbox", "--outer-type", reader, "--settings", &settings];
        server.admin_json("channel add", &add);
        let object = request(reader, reader);
        // One call only: the next one is the click that makes the group.
        let page_url = customer_url(&server.caller(), &object).await;
        waiting[reader] = json!({
            "page_url": page_url,
            "click": [
                env!("CARGO_BIN_EXE_laqun"), "call", crate::harness::METHOD, "--url", server.url,
                format!("service_communication_request={object}"),
            ],
        });
    }
    waiting
}

/// One Chromium at a time: it takes the whole of a small machine.
pub(crate) static CHROMIUM: Mutex<()> = Mutex::new(());

/// Runs a script to its end; what it printed is shown if it failed.
fn run(script: &str, clients: &Path, plan: &Value, engine: Engine) {
    let _alone = CHROMIUM.lock().unwrap_or_else(PoisonError::into_inner);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser").join(script);
    let mut plan = plan.clone();
    if plan["readers"].is_null() && std::env::var_os("LAQUN_TEST_FULL").is_none() {
        // Both languages, both sizes, both themes; the other two pairs are left to the long tests.
        plan["readers"] = json!(["phone-zh-light", "desk-en-dark"]);
    }
    let mut node = Command::new("node");
    node.arg(script).arg(plan.to_string()).env("LAQUN_TEST_CLIENTS", clients);
    let output = node.output().expect("node runs");
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{engine:?}:\n{told}");
}
