//! Staff, customers and tickets from files, by the command line, while a server runs on the same data.

mod conflicts;
mod formats;
mod live;
mod mistakes;
mod refusals;
mod restart;

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Output, Stdio},
};

use serde_json::Value;

use crate::{harness::Server, migrations::raw::Raw};

/// What an import said.
struct Said {
    code: i32,
    /// The object it printed; null if it printed none.
    result: Value,
    err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let out = String::from_utf8_lossy(&output.stdout);
        Self {
            code: output.status.code().unwrap_or(-1),
            result: serde_json::from_str(&out).unwrap_or_default(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Added, updated, unchanged, skipped, refused.
    fn counts(&self) -> [i64; 5] {
        ["added", "updated", "unchanged", "skipped", "refused"].map(|name| {
            self.result[name].as_i64().unwrap_or_else(|| panic!("no {name}: {} {}", self.result, self.err))
        })
    }
}

/// Writes a file beside the server's data.
fn write(server: &Server, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = server.folder.path().join(name);
    std::fs::write(&path, content).expect("a file");
    path
}

/// Imports a file that is written before.
fn import(server: &Server, noun: &str, name: &str, content: impl AsRef<[u8]>, more: &[&str]) -> Said {
    let path = write(server, name, content);
    run(server, noun, path.to_str().expect("UTF-8"), more)
}

fn run(server: &Server, noun: &str, file: &str, more: &[&str]) -> Said {
    let command = format!("{noun} import");
    Said::of(&server.admin(&command, &[&[file, "--json"], more].concat()))
}

/// Imports standard input.
fn import_input(server: &Server, noun: &str, content: &[u8], more: &[&str]) -> Said {
    let mut command = server.command(&format!("{noun} import"));
    command.args(["-", "--json"]).args(more);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    child.stdin.take().expect("piped").write_all(content).expect("it reads");
    Said::of(&child.wait_with_output().expect("it ends"))
}

/// Every person and ticket of the tenants, and who is in which group; without ids and times, which differ from run to run.
async fn people_and_tickets(server: &Server) -> Vec<Vec<Vec<String>>> {
    let mut all = Vec::new();
    for sql in [
        "SELECT s.tenant_id, s.staff_id, s.name, s.account_type, s.union_id, s.active, p.kind FROM staff s
         JOIN person p ON p.tenant_id = s.tenant_id AND p.person_id = s.id AND p.user_identify = s.user_identify
         ORDER BY s.tenant_id, s.staff_id",
        "SELECT a.tenant_id, s.staff_id, a.platform, a.account FROM staff_account a
         JOIN staff s ON s.tenant_id = a.tenant_id AND s.id = a.staff ORDER BY a.tenant_id, s.staff_id, a.platform",
        "SELECT c.tenant_id, c.customer_id, c.name, c.active, p.kind FROM customer c
         JOIN person p ON p.tenant_id = c.tenant_id AND p.person_id = c.id AND p.user_identify = c.user_identify
         ORDER BY c.tenant_id, c.customer_id",
        "SELECT t.tenant_id, t.case_id, t.title, t.description, t.status, t.priority, s.staff_id, c.customer_id, t.stub
         FROM ticket t LEFT JOIN staff s ON s.tenant_id = t.tenant_id AND s.id = t.assignee
         LEFT JOIN customer c ON c.tenant_id = t.tenant_id AND c.id = t.customer ORDER BY t.tenant_id, t.case_id",
        "SELECT tenant_id, COUNT(*) FROM person GROUP BY tenant_id ORDER BY tenant_id",
        "SELECT g.case_id, m.kind, m.reason, COUNT(*) FROM group_member m JOIN chat_group g
         ON g.tenant_id = m.tenant_id AND g.id = m.group_id GROUP BY g.case_id, m.kind, m.reason
         ORDER BY g.case_id, m.kind, m.reason",
    ] {
        all.push(Raw::of(server).rows(sql).await);
    }
    all
}
