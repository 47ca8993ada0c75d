//! Files as people have them.

use std::fmt::Write as _;

use super::{import, import_input, people_and_tickets};
use crate::{
    harness::{Engine, Server},
    migrations::raw::Raw,
};

/// The staff of every file below.
const STAFF: [[&str; 4]; 3] =
    [["007", "张三", "1", "u1"], ["8 ", "O'Neil, \"Bob\"", "2", ""], ["9", "a;b\tc", "1", ""]];

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

fn files() -> Vec<(&'static str, &'static str, Vec<u8>, Vec<&'static str>)> {
    let comma = "staff_id,name,account_type,union_id\n007,张三,1,u1\n\"8 \",\"O'Neil, \"\"Bob\"\"\",external,\n9,\"a;b\tc\",,\n";
    let chinese = "\u{feff} 姓名 ;工号;类型;unionId\r\n张三;007;内部成员;u1\r\nO'Neil, \"Bob\";8 ;外包;\r\n\r\n\"a;b\tc\";9;;\r\n;;;\r\n";
    let tabs = "STAFF_ID\tname\taccount_type\tunion_id\n007\t张三\t\tu1\n8 \t\"O'Neil, \"\"Bob\"\"\"\t2\t\n9\t\"a;b\tc\"\town\t";
    let objects = "{\"staff_id\":\"007\",\"name\":\"张三\",\"union_id\":\"u1\"}\n\n\
        {\"姓名\":\"O'Neil, \\\"Bob\\\"\",\"account_type\":2,\"工号\":\"8 \",\"union_id\":null}\r\n\
        {\"staff_id\":9,\"name\":\"a;b\\tc\"}";
    // A tab is a control character: names cannot have one. The third name differs by what the file can say.
    let plain = |text: &str| text.replace("b\tc", "b c").replace("b\\tc", "b c");
    let (comma, chinese, tabs, objects) = (plain(comma), plain(chinese), plain(tabs), plain(objects));
    vec![
        ("commas", "a.csv", comma.clone().into_bytes(), vec![]),
        (
            "a byte order mark, semicolons, CRLF, Chinese names, blank rows",
            "b.csv",
            chinese.clone().into_bytes(),
            vec![],
        ),
        ("tabs, no line end at the end", "c.tsv", tabs.into_bytes(), vec![]),
        ("GBK that is found out", "d.CSV", gb18030(chinese.trim_start_matches('\u{feff}')), vec![]),
        ("GB18030 that is said", "e.csv", gb18030(&comma), vec!["--encoding", "gb18030"]),
        (
            "GBK by its other name",
            "f.txt",
            gb18030(&comma),
            vec!["--encoding", "gbk", "--delimiter", "comma"],
        ),
        ("objects", "g.ndjson", objects.clone().into_bytes(), vec![]),
        ("objects in GBK", "h.jsonl", gb18030(&objects), vec![]),
        (
            "objects whose file is called otherwise",
            "i.data",
            objects.into_bytes(),
            vec!["--format", "ndjson"],
        ),
        (
            "columns that are not known, passed over",
            "j.csv",
            comma.replace('\n', ",x\n").into_bytes(),
            vec!["--ignore-unknown"],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_means_the_same_in_every_format_delimiter_and_encoding() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let mut wanted: Vec<_> = STAFF.iter().map(|row| row.map(|v| v.replace('\t', " ")).to_vec()).collect();
        wanted.sort();
        for (at, (what, name, content, more)) in files().into_iter().enumerate() {
            let tenant = (1000 + at).to_string();
            server.admin_json("tenant add", &[&tenant, "--name", what]);
            let scope = ["--tenant", tenant.as_str()];
            let said = import(&server, "staff", name, &content, &[&more[..], &scope].concat());
            assert_eq!((said.code, said.counts()), (0, [3, 0, 0, 0, 0]), "{what}: {}", said.err);
            let sql = format!(
                "SELECT staff_id, name, account_type, union_id FROM staff WHERE tenant_id = {tenant} ORDER BY staff_id"
            );
            let mut found = Raw::of(&server).rows(&sql).await;
            found.sort();
            assert_eq!(found, wanted, "{what} on {engine:?}");
            let before = people_and_tickets(&server).await;
            let again = import(&server, "staff", name, &content, &[&more[..], &scope].concat());
            assert_eq!((again.code, again.counts()), (0, [0, 0, 3, 0, 0]), "{what} again: {}", again.err);
            assert_eq!(people_and_tickets(&server).await, before, "{what} on {engine:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_is_imported_and_a_second_time_changes_nothing() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let mut content = "客户编号,客户姓名\n".to_owned();
        for n in 0..3000 {
            let _ = writeln!(content, "c{n},顾客 {n}");
        }
        let said = import_input(&server, "customer", content.as_bytes(), &["--format", "csv"]);
        assert_eq!((said.code, said.counts()), (0, [3000, 0, 0, 0, 0]), "{}", said.err);
        let again = import_input(&server, "customer", content.as_bytes(), &["--format", "csv"]);
        assert_eq!((again.code, again.counts()), (0, [0, 0, 3000, 0, 0]), "{}", again.err);
        let left = Raw::of(&server).rows("SELECT COUNT(*) FROM import_checkpoint").await;
        assert_eq!(left, [["0"]]);
        let unsaid = import_input(&server, "customer", content.as_bytes(), &[]);
        assert_eq!(unsaid.code, 2);
        assert!(unsaid.err.contains("--format"), "{}", unsaid.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_come_with_their_words_in_chinese_their_people_and_texts_of_many_lines() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        assert_eq!(import(&server, "customer", "c.csv", "customer_id,name\nc1,王女士\n", &[]).code, 0);
        let tickets = "工单号,标题,描述,状态,优先级,处理人,客户编号\n\
            T-1,灯不亮,\"第一行\n第二行\",处理中,紧急,123,c1\n\
            T-2,,,,,,\n";
        let said = import(&server, "ticket", "t.csv", tickets, &[]);
        assert_eq!((said.code, said.counts()), (0, [2, 0, 0, 0, 0]), "{}", said.err);
        let shown = &server.admin_json("ticket show", &["T-1"])[0];
        for (member, value) in [
            ("title", "灯不亮"),
            ("description", "第一行\n第二行"),
            ("status", "in_progress"),
            ("priority", "urgent"),
            ("assignee", "123"),
            ("customer", "c1"),
        ] {
            assert_eq!(shown[member], value, "{engine:?}");
        }
        let shown = &server.admin_json("ticket show", &["T-2"])[0];
        assert_eq!((&shown["status"], &shown["priority"]), (&"accepted".into(), &"medium".into()));
        // Only what the file has changes; an empty value takes away, but not a word.
        let said = import(&server, "ticket", "u.csv", "case_id,status,assignee\nT-1,,\nT-2,done,123\n", &[]);
        assert_eq!((said.code, said.counts()), (0, [0, 2, 0, 0, 0]), "{}", said.err);
        let shown = &server.admin_json("ticket show", &["T-1"])[0];
        assert_eq!((&shown["title"], &shown["status"]), (&"灯不亮".into(), &"in_progress".into()));
        assert!(shown["assignee"].is_null(), "{shown}");
        assert_eq!(server.admin_json("ticket show", &["T-2"])[0]["status"], "done");
    }
}
