//! An import that is interrupted goes on where it ended: nothing twice, nothing left out.

use std::{
    fmt::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{Said, people_and_tickets, run, write};
use crate::{
    harness::{Engine, Server},
    migrations::raw::Raw,
};

const ROWS: usize = 12_000;

/// Tickets of which every 50th is refused by its words, and every 70th by the database.
fn tickets() -> String {
    let mut file = "case_id,title,status,assignee\n".to_owned();
    for n in 0..ROWS {
        let status = if n % 50 == 7 { "no" } else { "done" };
        let assignee = if n % 70 == 9 { "nobody" } else { "123" };
        let _ = writeln!(file, "t{n},标题 {n},{status},{assignee}");
    }
    file
}

fn start(server: &Server, file: &Path, report: &Path) -> Child {
    let mut command = server.command("ticket import");
    command.arg(file).args(["--json", "--errors"]).arg(report);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs")
}

/// How far the import came; 0 where there is none.
async fn done(server: &Server) -> i64 {
    let rows = Raw::of(server).rows("SELECT done FROM import_checkpoint").await;
    rows.first().map_or(0, |row| row[0].parse().expect("a number"))
}

/// Waits until it came further than `before`, by more than one unit; false if it ended first.
async fn came_on(server: &Server, child: &mut Child, before: i64) -> bool {
    while child.try_wait().expect("a process").is_none() {
        let now = done(server).await;
        if now > before + 1000 {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    false
}

/// A report without what differs from run to run: nothing does.
fn read(report: &Path) -> String {
    std::fs::read_to_string(report).expect("a report")
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_it_comes_to_the_same_rows_counts_and_report_as_undisturbed() {
    for engine in Engine::all() {
        let undisturbed = Server::start(engine).await;
        let file = write(&undisturbed, "t.csv", tickets());
        let report = undisturbed.folder.path().join("report.csv");
        let child = start(&undisturbed, &file, &report);
        let whole = Said::of(&child.wait_with_output().expect("it ends"));
        assert_eq!((whole.code, &whole.result["rows"]), (1, &ROWS.into()), "{}", whole.err);

        let server = Server::start(engine).await;
        let file = write(&server, "t.csv", tickets());
        let torn = server.folder.path().join("report.csv");
        let (mut before, mut kills) = (0, 0);
        while kills < 4 {
            let mut child = start(&server, &file, &torn);
            let running = came_on(&server, &mut child, before).await;
            child.kill().expect("it can be killed");
            child.wait().expect("it is gone");
            if !running {
                break;
            }
            before = done(&server).await;
            kills += 1;
        }
        let last = Said::of(&start(&server, &file, &torn).wait_with_output().expect("it ends"));
        assert!(kills > 0, "it was never killed in the middle on {engine:?}: {}", last.err);
        assert_eq!(last.result["continued_after"], before, "on {engine:?}: {}", last.err);
        assert_eq!((last.code, last.counts()), (1, whole.counts()), "on {engine:?}: {}", last.err);
        assert_eq!(
            people_and_tickets(&server).await,
            people_and_tickets(&undisturbed).await,
            "on {engine:?}"
        );
        assert_eq!(read(&torn), read(&report), "on {engine:?}");
        assert_eq!(done(&server).await, 0, "what ended leaves no checkpoint");
        println!("{engine:?}: killed {kills} times, the last after {before} rows");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_it_after_the_unit_under_way_and_says_how_to_go_on() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let file = write(&server, "t.csv", tickets());
        let report = server.folder.path().join("report.ndjson");
        let mut child = start(&server, &file, &report);
        assert!(came_on(&server, &mut child, 0).await, "it ended before it could be interrupted");
        let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(interrupt.expect("kill runs").success());
        let said = Said::of(&child.wait_with_output().expect("it ends"));
        assert_eq!((said.code, &said.result["end"]), (1, &"stopped".into()), "{engine:?}: {}", said.err);
        assert_eq!(said.result["rows"], done(&server).await);

        let path = file.to_str().expect("UTF-8");
        std::fs::remove_file(&report).expect("a report");
        let lost = run(&server, "ticket", path, &["--errors", report.to_str().expect("UTF-8")]);
        assert_eq!(lost.code, 1, "{}", lost.result);
        assert!(lost.err.contains("--restart"), "a report that is not the one it began with: {}", lost.err);
        let anew = run(&server, "ticket", path, &["--restart", "--max-errors", "100000"]);
        assert!(anew.result["continued_after"].is_null(), "{}", anew.result);
        let refused = (0..ROWS).filter(|n| n % 50 == 7 || n % 70 == 9).count();
        let [added, updated, unchanged, skipped, was_refused] = anew.counts();
        assert_eq!((updated, skipped), (0, 0));
        assert_eq!(usize::try_from(was_refused), Ok(refused), "{}", anew.result);
        assert_eq!(usize::try_from(added + unchanged), Ok(ROWS - refused), "{}", anew.result);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_lost_under_way_cost_no_row_and_bring_none_twice() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let server = Server::start(Engine::Postgres).await;
    let file = write(&server, "t.csv", tickets());
    let report = server.folder.path().join("report.csv");
    let mut child = start(&server, &file, &report);
    let (mut cuts, mut before) = (0, 0);
    while came_on(&server, &mut child, before).await {
        let cut = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        Raw::of(&server).rows(cut).await;
        before = done(&server).await;
        cuts += 1;
    }
    let said = Said::of(&child.wait_with_output().expect("it ends"));
    assert!(cuts > 0);
    let refused = (0..ROWS).filter(|n| n % 50 == 7 || n % 70 == 9).count();
    assert_eq!(said.code, 1, "{}", said.err);
    let counts = said.counts().map(|count| usize::try_from(count).expect("a count"));
    assert_eq!(counts, [ROWS - refused, 0, 0, 0, refused], "{}", said.err);
    let stored =
        Raw::of(&server).rows("SELECT COUNT(*) FROM ticket WHERE stub = 0 AND case_id LIKE 't%'").await;
    assert_eq!(stored, [[(ROWS - refused).to_string()]]);
    assert_eq!(read(&report).lines().count(), refused + 1);
    println!("the connections were cut {cuts} times");
}
