//! A server on the same data goes on answering, and groups that are there get the people of imported tickets.

use std::{fmt::Write as _, process::Stdio};

use serde_json::json;

use super::{Said, import, write};
use crate::{
    harness::{Engine, Server},
    migrations::raw::Raw,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_people_of_an_imported_ticket_follow_into_its_group_and_a_click_after_it_finds_them() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = server.caller();
        let click = |case: &'static str| json!({"case_id": case, "staff_id": "123", "outer_type": "111"});
        caller.communicate(&click("early")).await.data();
        assert_eq!(import(&server, "staff", "s.csv", "工号,姓名\ne1,专家\ne2,别人\n", &[]).code, 0);
        assert_eq!(import(&server, "customer", "c.csv", "customer_id,name\nc1,王女士\n", &[]).code, 0);
        let added = "SELECT COUNT(*) FROM timeline l JOIN chat_group g ON g.tenant_id = l.tenant_id AND g.id = l.group_id
                     WHERE g.case_id = 'early' AND l.kind = 'members_added'";
        let events = "SELECT COUNT(*) FROM store_feed WHERE kind = 'group.member_added'";
        let before = (Raw::of(&server).count(added).await, Raw::of(&server).count(events).await);
        let tickets = "case_id,title,assignee,customer\nearly,a,e1,c1\nlate,b,e1,c1\n";
        let said = import(&server, "ticket", "t.csv", tickets, &[]);
        assert_eq!((said.code, said.counts()), (0, [2, 0, 0, 0, 0]), "{engine:?}: {}", said.err);
        caller.communicate(&click("late")).await.data();
        for case in ["early", "late"] {
            let sql = format!(
                "SELECT m.kind, m.reason, m.state FROM group_member m JOIN chat_group g
                 ON g.tenant_id = m.tenant_id AND g.id = m.group_id WHERE g.case_id = '{case}' ORDER BY m.kind, m.reason"
            );
            assert_eq!(
                Raw::of(&server).rows(&sql).await,
                [
                    ["customer", "customer", "invited"],
                    ["staff", "assignee", "joined"],
                    ["staff", "caller", "joined"]
                ],
                "{case} on {engine:?}"
            );
        }
        assert_eq!(Raw::of(&server).count(added).await, before.0 + 1);
        // Another assignee follows too; what does not name people leaves the group alone.
        let said = import(&server, "ticket", "t.csv", "case_id,assignee\nearly,e2\n", &[]);
        assert_eq!(said.counts(), [0, 1, 0, 0, 0], "{}", said.err);
        let said = import(&server, "ticket", "t.csv", "case_id,status\nearly,done\n", &[]);
        assert_eq!(said.counts(), [0, 1, 0, 0, 0], "{}", said.err);
        assert_eq!(Raw::of(&server).count(added).await, before.0 + 2);
        assert_eq!(Raw::of(&server).count(events).await, before.1 + 2, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_import_comes_in_whole_while_calls_are_answered() {
    let full = std::env::var("LAQUN_TEST_FULL").is_ok_and(|v| v == "1");
    let rows = if full { 1_000_000 } else { 50_000 };
    let mut file = "customer_id,name\n".to_owned();
    for n in 0..rows {
        let _ = writeln!(file, "c{n:07},顾客 {n}");
    }
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let path = write(&server, "c.csv", &file);
        let mut command = server.command("customer import");
        command.arg(&path).arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        let caller = server.caller();
        let mut calls = 0;
        while child.try_wait().expect("a process").is_none() {
            let answer =
                caller.communicate(&json!({"case_id": format!("while-{calls}"), "staff_id": "123"})).await;
            assert_eq!(answer.result()["code"], "200", "{}", answer.body);
            calls += 1;
        }
        let said = Said::of(&child.wait_with_output().expect("it ends"));
        assert_eq!((said.code, said.counts()), (0, [rows, 0, 0, 0, 0]), "{engine:?}: {}", said.err);
        assert!(calls > 0);
        let stored = "SELECT COUNT(*) FROM customer c JOIN person p ON p.tenant_id = c.tenant_id
                      AND p.user_identify = c.user_identify AND p.person_id = c.id WHERE c.customer_id LIKE 'c%'";
        assert_eq!(Raw::of(&server).rows(stored).await, [[rows.to_string()]], "on {engine:?}");
        let groups =
            Raw::of(&server).rows("SELECT COUNT(*) FROM chat_group WHERE case_id LIKE 'while-%'").await;
        assert_eq!(groups, [[calls.to_string()]], "on {engine:?}");
        println!("{engine:?}: {rows} rows in {} s, {calls} new groups meanwhile", said.result["seconds"]);
    }
}
