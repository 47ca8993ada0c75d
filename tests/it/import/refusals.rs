//! Every kind of mistake: what is said of it, and that nothing of it is written.

use serde_json::Value;

use super::{import, people_and_tickets, run, write};
use crate::{
    harness::{Engine, Server},
    migrations::raw::Raw,
};

/// A row that is refused: what it is, the noun, the file's name, its content, and of the one refusal the line, the column and
/// a part of what is said.
type Mistake = (&'static str, &'static str, &'static str, Vec<u8>, u64, &'static str, &'static str);

fn mistakes() -> Vec<Mistake> {
    let long = |n| "长".repeat(n);
    let csv = |text: &str| text.as_bytes().to_vec();
    vec![
        (
            "too few values",
            "staff",
            "a.csv",
            csv("staff_id,name\n1\n"),
            2,
            "",
            "1 values, the header has 2 columns",
        ),
        (
            "too many values",
            "staff",
            "a.csv",
            csv("staff_id,name\n1,a,b\n"),
            2,
            "",
            "3 values, the header has 2",
        ),
        ("an empty id", "staff", "a.csv", csv("staff_id,name\n ,a\n"), 2, "staff_id", "empty"),
        ("an empty name", "customer", "a.csv", csv("\n\ncustomer_id,name\n1,\n"), 4, "name", "empty"),
        (
            "a long id",
            "staff",
            "a.csv",
            csv(&format!("staff_id,name\n{},a\n", long(65))),
            2,
            "staff_id",
            "64 characters, got 65",
        ),
        (
            "a long case",
            "ticket",
            "a.csv",
            csv(&format!("case_id,title\n{},a\n", long(129))),
            2,
            "case_id",
            "got 129",
        ),
        (
            "a long title",
            "ticket",
            "a.csv",
            csv(&format!("case_id,title\n1,{}\n", long(201))),
            2,
            "title",
            "got 201",
        ),
        (
            "a long text",
            "ticket",
            "a.csv",
            csv(&format!("case_id,title,description\n1,a,{}\n", long(20_001))),
            2,
            "description",
            "got 20001",
        ),
        (
            "a control character",
            "staff",
            "a.csv",
            csv("staff_id,name\n1,a\u{7}b\n"),
            2,
            "name",
            "control characters",
        ),
        (
            "a line end in a title",
            "ticket",
            "a.csv",
            csv("case_id,title\n1,\"a\nb\"\n"),
            2,
            "title",
            "control characters",
        ),
        (
            "a null in a text",
            "ticket",
            "a.csv",
            csv("case_id,title,description\n1,a,b\0\n"),
            2,
            "description",
            "control",
        ),
        (
            "an unknown status",
            "ticket",
            "a.csv",
            csv("case_id,title,status\n1,a,open\n"),
            2,
            "status",
            "unknown word",
        ),
        (
            "an unknown priority",
            "ticket",
            "a.csv",
            csv("工单号,标题,优先级\n1,a,十万火急\n"),
            2,
            "priority",
            "unknown word",
        ),
        (
            "an unknown type",
            "staff",
            "a.csv",
            csv("staff_id,name,account_type\n1,a,3\n"),
            2,
            "account_type",
            "unknown word",
        ),
        (
            "no UTF-8",
            "staff",
            "a.csv",
            b"staff_id,name\n\"2\n\",\xe5\xbc\n1,\xe5\xbc\xa0\n".to_vec(),
            2,
            "name",
            "not utf-8",
        ),
        (
            "no UTF-8 in an object",
            "staff",
            "a.ndjson",
            b"{\"staff_id\":1,\"name\":\"\xff\xe5\xbc\xa0\"}".to_vec(),
            1,
            "",
            "not utf-8",
        ),
        (
            "an unknown assignee",
            "ticket",
            "a.csv",
            csv("case_id,title,assignee\n1,a,999\n"),
            2,
            "assignee",
            "nobody of that id",
        ),
        (
            "an unknown customer",
            "ticket",
            "a.csv",
            csv("case_id,title,customer\n1,a,999\n"),
            2,
            "customer",
            "nobody of that id",
        ),
        (
            "a new one without a name",
            "customer",
            "a.csv",
            csv("customer_id\n1\n"),
            2,
            "name",
            "not there yet",
        ),
        (
            "a new one without a title",
            "ticket",
            "a.csv",
            csv("case_id,status\n1,done\n"),
            2,
            "title",
            "not there yet",
        ),
        (
            "an id twice",
            "staff",
            "a.csv",
            csv("staff_id\n123\n\n123\n"),
            4,
            "staff_id",
            "line 2 has the same",
        ),
        (
            "a unionId twice",
            "staff",
            "a.csv",
            csv("staff_id,union_id\n123,\n123,\n"),
            3,
            "staff_id",
            "line 2 has the same",
        ),
        ("no object", "staff", "a.ndjson", csv("[1]"), 1, "", "not a JSON object"),
        ("half an object", "staff", "a.ndjson", csv("\n{\"staff_id\":\"1\",\n"), 2, "", "not a JSON object"),
        ("two objects", "staff", "a.ndjson", csv("{\"staff_id\":1} {}"), 1, "", "not a JSON object"),
        ("no id", "staff", "a.ndjson", csv("{\"name\":\"a\"}"), 1, "staff_id", "missing"),
        ("a null id", "staff", "a.ndjson", csv("{\"name\":\"a\",\"staff_id\":null}"), 1, "staff_id", "empty"),
        (
            "a list",
            "staff",
            "a.ndjson",
            csv("{\"name\":[\"a\"],\"staff_id\":1}"),
            1,
            "name",
            "a list instead",
        ),
        (
            "a truth",
            "staff",
            "a.ndjson",
            csv("{\"name\":true,\"staff_id\":1}"),
            1,
            "name",
            "true or false instead",
        ),
        (
            "a member twice",
            "staff",
            "a.ndjson",
            csv("{\"name\":\"a\",\"staff_id\":1,\"姓名\":\"b\"}"),
            1,
            "name",
            "given twice",
        ),
        (
            "an unknown member",
            "staff",
            "a.ndjson",
            csv("{\"name\":\"a\",\"staff_id\":1,\"x\":1}"),
            1,
            "x",
            "unknown member",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_in_a_row_is_reported_with_its_line_and_nothing_of_the_row_is_written() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        for (what, noun, name, content, line, column, part) in mistakes() {
            let before = people_and_tickets(&server).await;
            let report = server.folder.path().join("report.ndjson");
            let said = import(&server, noun, name, &content, &["--errors", report.to_str().expect("UTF-8")]);
            assert_eq!(said.code, 1, "{what} on {engine:?}: {} {}", said.result, said.err);
            assert_eq!(
                (&said.result["end"], &said.result["refused"]),
                (&"complete".into(), &1.into()),
                "{what}"
            );
            let text = std::fs::read_to_string(&report).expect("a report");
            let told: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{what}: {e}: {text}"));
            assert_eq!(told["refused"]["line"], line, "{what}: {told}");
            let problem = &told["refused"]["problems"][0];
            assert_eq!(problem["column"], column, "{what}: {told}");
            assert!(problem["why"].as_str().expect("a text").contains(part), "{what}: {told}");
            assert!(!problem["allowed"].as_str().expect("a text").is_empty(), "{what}: {told}");
            let after = people_and_tickets(&server).await;
            // The right row beside a wrong one is written.
            if !["no UTF-8"].contains(&what) {
                assert_eq!(after, before, "{what} on {engine:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_used_is_refused_whole_with_a_remedy() {
    let wide: Vec<u8> = "\u{feff}staff_id,name\n1,a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let open = "staff_id,name\n1,\"a\n2,b\n".as_bytes().to_vec();
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let before = people_and_tickets(&server).await;
        for (what, name, content, more, code, parts) in [
            ("nothing", "a.csv", vec![], &[][..], 1, &["empty", "name the columns"][..]),
            ("no id column", "a.csv", b"name\na\n".to_vec(), &[], 1, &["staff_id is missing", "工号"]),
            (
                "no header",
                "a.csv",
                b"1,a\n2,b\n".to_vec(),
                &[],
                1,
                &["unknown column `1`", "unknown column `a`", "--ignore-unknown"],
            ),
            (
                "a column twice",
                "a.csv",
                "工号,staff_id,name\n".into(),
                &[],
                1,
                &["`工号` and `staff_id` both mean"],
            ),
            ("UTF-16", "a.csv", wide.clone(), &[], 1, &["UTF-16", "save it as CSV in UTF-8"]),
            (
                "another encoding than said",
                "a.csv",
                "工号,name\n".into(),
                &["--encoding", "gb18030"],
                1,
                &["read as gb18030", "unknown column"],
            ),
            ("a quote that stays open", "a.csv", open.clone(), &[], 1, &["line 2", "never closed"]),
            ("a name that says no format", "a.xlsx", vec![], &[], 2, &["--format csv"]),
            (
                "itself as report",
                "a.csv",
                b"staff_id\n".to_vec(),
                &["--errors", "SELF"],
                2,
                &["name another one"],
            ),
        ] {
            let path = write(&server, name, &content);
            let path = path.to_str().expect("UTF-8");
            let more: Vec<&str> = more.iter().map(|word| if *word == "SELF" { path } else { word }).collect();
            let said = run(&server, "staff", path, &more);
            assert_eq!(said.code, code, "{what} on {engine:?}: {} {}", said.result, said.err);
            for part in parts {
                assert!(said.err.contains(part), "{what}: {part} is not in {}", said.err);
            }
            assert_eq!(std::fs::read(path).expect("the file"), content, "{what}: the file is as it was");
        }
        let precious = write(&server, "precious.csv", "my,own\nlist,1\n");
        let precious = precious.to_str().expect("UTF-8");
        let said = import(&server, "staff", "a.csv", "staff_id\n123\n", &["--errors", precious]);
        assert_eq!(said.code, 1);
        assert!(said.err.contains("not the report of an earlier import"), "{}", said.err);
        assert_eq!(std::fs::read_to_string(precious).expect("the file"), "my,own\nlist,1\n");
        let said = run(&server, "staff", "/nowhere/a.csv", &[]);
        assert_eq!(said.code, 1);
        assert!(said.err.contains("/nowhere/a.csv"), "{}", said.err);
        assert_eq!(people_and_tickets(&server).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_imported_after_correction_in_both_formats() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let refused = |name: &str| server.folder.path().join(name).to_str().expect("UTF-8").to_owned();
        let file = "工单号,标题,状态\nA,好,已受理\nB,\"引号\"\", 和\t表\",开\nC,x,关\n";
        let corrected = |text: String| text.replace("开", "处理中").replace("\t", " ").replace("关", "done");
        for (report, again) in [("r.csv", "r2.csv"), ("r.ndjson", "r2.ndjson")] {
            let (report, again) = (refused(report), refused(again));
            let said = import(&server, "ticket", "t.csv", file, &["--errors", &report]);
            assert_eq!((said.code, said.counts()[4]), (1, 2), "{engine:?}: {}", said.err);
            // As it is, it is refused again, line for line.
            let said = run(&server, "ticket", &report, &["--errors", &again]);
            assert_eq!((said.code, said.counts()), (1, [0, 0, 0, 0, 2]), "{engine:?} {report}: {}", said.err);
            let text = std::fs::read_to_string(&report).expect("a report");
            std::fs::write(&report, corrected(text.replace("\\t", " "))).expect("a report");
            let said = run(&server, "ticket", &report, &[]);
            let came = if report.ends_with("csv") { [2, 0, 0, 0, 0] } else { [0, 0, 2, 0, 0] };
            assert_eq!((said.code, said.counts()), (0, came), "{engine:?} {report}: {}", said.err);
        }
        let shown = &server.admin_json("ticket show", &["B"])[0];
        assert_eq!((&shown["title"], &shown["status"]), (&"引号\", 和 表".into(), &"in_progress".into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_refused_rows_end_it_and_one_line_of_audit_tells_each_begin_and_end() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let mut file = "customer_id,name\n".to_owned();
        for n in 0..2000 {
            file.push_str(&format!("{n},{}\n", if n % 2 == 0 { "" } else { "a" }));
        }
        let said = import(&server, "customer", "c.csv", &file, &["--max-errors", "300"]);
        assert_eq!((said.code, &said.result["end"]), (1, &"too_many_errors".into()), "{}", said.err);
        let rows = said.result["rows"].as_i64().expect("a number");
        assert!((600..2000).contains(&rows), "{rows} rows on {engine:?}");
        let said = import(&server, "customer", "c.csv", &file, &[]);
        assert_eq!((said.code, said.counts()), (1, [1000, 0, 0, 0, 1000]), "it goes on: {}", said.err);
        assert_eq!(said.result["continued_after"], rows);
        let sql =
            "SELECT action, subject, detail FROM audit WHERE action LIKE 'customer.import%' ORDER BY id";
        let lines = Raw::of(&server).rows(sql).await;
        let actions: Vec<&str> = lines.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(actions, ["customer.import_started", "customer.import"], "{engine:?}");
        let detail: Value = serde_json::from_str(&lines[1][2]).expect("JSON");
        assert_eq!((&lines[1][1], &detail["rows"]), (&"c.csv".to_owned(), &2000.into()));
        assert_eq!((&detail["counts"]["added"], &detail["sha256"]), (&1000.into(), &said.result["sha256"]));
        assert_eq!(detail["sha256"].as_str().map(str::len), Some(64));
    }
}
