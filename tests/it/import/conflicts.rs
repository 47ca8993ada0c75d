//! Rows whose id is there already, and tickets whose people are not.

use serde_json::json;

use super::{import, people_and_tickets, run, write};
use crate::{
    harness::{Engine, Server},
    migrations::raw::Raw,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_updated_skipped_or_refused_as_asked() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        assert_eq!(import(&server, "customer", "a.csv", "customer_id,name\n1,a\n2,b\n", &[]).code, 0);
        let file = write(&server, "b.csv", "customer_id,name\n1,a\n2,other\n3,c\n");
        let file = file.to_str().expect("UTF-8");
        let name = |id: &str| server.admin_json("customer show", &[id])[0]["name"].clone();

        let before = people_and_tickets(&server).await;
        for (what, counts, code) in
            [("update", [1, 1, 1, 0, 0], 0), ("skip", [1, 0, 0, 2, 0], 0), ("refuse", [1, 0, 0, 0, 2], 1)]
        {
            let said = run(&server, "customer", file, &["--dry-run", "--on-conflict", what]);
            assert_eq!((said.code, said.counts()), (code, counts), "dry {what} on {engine:?}: {}", said.err);
        }
        assert_eq!(people_and_tickets(&server).await, before, "a dry run writes nothing");

        let said = run(&server, "customer", file, &["--on-conflict", "refuse"]);
        assert_eq!((said.code, said.counts()), (1, [1, 0, 0, 0, 2]), "{}", said.err);
        assert!(said.err.contains("line 3: customer_id `2`: there already"), "{}", said.err);
        let said = run(&server, "customer", file, &["--on-conflict", "skip"]);
        assert_eq!((said.code, said.counts()), (0, [0, 0, 0, 3, 0]), "{}", said.err);
        assert_eq!(name("2"), "b");
        let said = run(&server, "customer", file, &[]);
        assert_eq!((said.code, said.counts()), (0, [0, 1, 2, 0, 0]), "update is the default: {}", said.err);
        assert_eq!(name("2"), "other");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stub_that_a_call_made_is_filled_even_where_conflicts_are_refused() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        server.caller().communicate(&json!({"case_id": "S-1", "staff_id": "123"})).await.data();
        let tickets = "case_id,title\nS-1,told later\n";
        let said = import(&server, "ticket", "t.csv", tickets, &["--on-conflict", "refuse"]);
        assert_eq!((said.code, said.counts()), (0, [1, 0, 0, 0, 0]), "{engine:?}: {}", said.err);
        let shown = &server.admin_json("ticket show", &["S-1"])[0];
        assert_eq!((&shown["title"], &shown["stub"]), (&json!("told later"), &json!(false)));
        let said = import(&server, "ticket", "t.csv", tickets, &["--on-conflict", "refuse"]);
        assert_eq!((said.code, said.counts()), (1, [0, 0, 0, 0, 1]), "now it is there: {}", said.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_people_are_refused_added_or_left_out_as_asked() {
    let tickets = "case_id,title,assignee,customer\n1,a,nobody,\n2,b,123,c9\n3,c,nobody,c9\n4,d,123,\n";
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let before = people_and_tickets(&server).await;
        let said = import(&server, "ticket", "t.csv", tickets, &["--dry-run"]);
        assert_eq!((said.code, said.counts()), (1, [1, 0, 0, 0, 3]), "{engine:?}: {}", said.err);
        for part in [
            "line 2: assignee `nobody`",
            "line 3: customer `c9`",
            "line 4: assignee `nobody`",
            "--unknown-people",
        ] {
            assert!(said.err.contains(part), "{part}: {}", said.err);
        }
        assert_eq!(people_and_tickets(&server).await, before);

        let said = import(&server, "ticket", "t.csv", tickets, &["--unknown-people", "ignore"]);
        assert_eq!((said.code, said.counts()), (0, [4, 0, 0, 0, 0]), "{}", said.err);
        let people = |case: &str| {
            let shown = server.admin_json("ticket show", &[case]).remove(0);
            (shown["assignee"].clone(), shown["customer"].clone())
        };
        assert_eq!(people("1"), (json!(null), json!(null)));
        assert_eq!(people("2"), (json!("123"), json!(null)));

        let said = import(&server, "ticket", "t.csv", tickets, &["--unknown-people", "stub"]);
        assert_eq!((said.code, said.counts()), (0, [0, 3, 1, 0, 0]), "{}", said.err);
        assert_eq!(people("1"), (json!("nobody"), json!(null)));
        assert_eq!(people("3"), (json!("nobody"), json!("c9")));
        let people = "SELECT COUNT(*) FROM person WHERE kind = 'customer'";
        // The documented sample has one.
        assert_eq!(Raw::of(&server).rows(people).await, [["2"]], "the same person twice is one person");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_new_names_who_was_removed_but_what_names_them_stays() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        assert_eq!(import(&server, "staff", "s.csv", "staff_id,name\na,A\n", &[]).code, 0);
        assert_eq!(import(&server, "customer", "c.csv", "customer_id,name\nc,C\n", &[]).code, 0);
        assert_eq!(
            import(&server, "ticket", "t.csv", "case_id,title,assignee,customer\n1,t,a,c\n", &[]).code,
            0
        );
        server.admin_json("staff remove", &["a"]);
        server.admin_json("customer remove", &["c"]);
        let tickets = "case_id,title,assignee,customer\n1,new title,a,c\n2,t,a,\n3,t,,c\n";
        for (rule, counts) in
            [("refuse", [0, 1, 0, 0, 2]), ("stub", [0, 0, 1, 0, 2]), ("ignore", [2, 0, 1, 0, 0])]
        {
            let said = import(&server, "ticket", "t.csv", tickets, &["--unknown-people", rule]);
            assert_eq!(said.counts(), counts, "{rule} on {engine:?}: {}", said.err);
        }
        let shown = &server.admin_json("ticket show", &["1"])[0];
        assert_eq!((&shown["title"], &shown["assignee"]), (&json!("new title"), &json!("a")));
        assert!(server.admin_json("ticket show", &["2"])[0]["assignee"].is_null());
        let said =
            import(&server, "customer", "c.csv", "customer_id,name\nc,C\n", &["--on-conflict", "refuse"]);
        assert_eq!((said.code, said.counts()), (0, [0, 1, 0, 0, 0]), "back again: {}", said.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_come_with_union_ids_and_accounts_that_are_nobody_else_s_and_come_back_after_leaving() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let file = "staff_id,name,union_id,dingtalk,matrix\na,A,ua,da,@a:x\nb,B,ub,,\n";
        assert_eq!(import(&server, "staff", "s.csv", file, &[]).counts(), [2, 0, 0, 0, 0]);
        let taken = "staff_id,name,union_id,钉钉\nb,B2,ua,\nc,C,,da\nd,D,ud,dd\n";
        let said = import(&server, "staff", "s.csv", taken, &[]);
        assert_eq!((said.code, said.counts()), (1, [1, 0, 0, 0, 2]), "{engine:?}: {}", said.err);
        for part in
            ["line 2: union_id `ua`: it is staff member a's", "line 3: dingtalk `da`: it is staff member a's"]
        {
            assert!(said.err.contains(part), "{part}: {}", said.err);
        }
        let rows =
            Raw::of(&server).rows("SELECT name FROM staff WHERE staff_id IN ('b', 'c') ORDER BY name").await;
        assert_eq!(rows, [["B"]], "a refused row changes nothing");
        let given_up = "staff_id,union_id,dingtalk,matrix\na,,,@a2:x\n";
        assert_eq!(import(&server, "staff", "s.csv", given_up, &[]).counts(), [0, 1, 0, 0, 0]);
        assert_eq!(import(&server, "staff", "s.csv", given_up, &[]).counts(), [0, 0, 1, 0, 0]);
        assert_eq!(
            import(&server, "staff", "s.csv", taken, &[]).counts(),
            [1, 1, 1, 0, 0],
            "now they are free"
        );
        let accounts = "SELECT s.staff_id, a.platform, a.account FROM staff_account a
                        JOIN staff s ON s.tenant_id = a.tenant_id AND s.id = a.staff ORDER BY s.staff_id";
        assert_eq!(
            Raw::of(&server).rows(accounts).await,
            [["a", "matrix", "@a2:x"], ["c", "dingtalk", "da"], ["d", "dingtalk", "dd"]]
        );
        Raw::of(&server).rows("UPDATE staff SET active = 0 WHERE staff_id = 'd'").await;
        let said = import(&server, "staff", "s.csv", "staff_id\nd\n", &["--on-conflict", "refuse"]);
        assert_eq!((said.code, said.counts()), (0, [0, 1, 0, 0, 0]), "{}", said.err);
        assert_eq!(server.admin_json("staff show", &["d"])[0]["active"], true);
    }
}
