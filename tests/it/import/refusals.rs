//! Every kind of mistake: what is said of it, and that nothing of it is written.

use serde_json::Value;

use super::mistakes::mistakes;
use super::{import, people_and_tickets, run, write};
use crate::{
    harness::{Engine, Server},
    migrations::raw::Raw,
};

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
        let corrected = |text: String| text.replace("开", "处理中").replace('\t', " ").replace("关", "done");
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
            file.push_str(if n % 2 == 0 { "c" } else { "d" });
            file.push_str(&n.to_string());
            file.push_str(if n % 2 == 0 { ",\n" } else { ",a\n" });
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
