//! The examples of the chapter on administration work, one after another: each section on data of its own, which has
//! what "From nothing to the first call" makes.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use super::{Block, Page, commands, pages};
use crate::harness::laqun;

/// The section whose commands every other one takes for granted.
const FIRST: &str = "From nothing to the first call";

/// What else a section takes for granted.
const BEFORE: [(&str, &[&str]); 3] = [
    ("Apps", &["tenant", "add", "1002", "--name", "二"]),
    ("Tickets", &["customer", "add", "c88", "--name", "陈女士"]),
    ("Groups", &["channel", "add", "phone", "--outer-type", "phone"]),
];

/// The group and the secret that the examples name.
const GROUP: &str = "chatagratpxq653vvojlurpmdhg63e";
const SECRET_ID: &str = "019a2b3c-4d5e-7f60-8123-456789abcdef";

/// The files that the examples import.
const FILES: [(&str, &str); 3] = [
    ("staff.csv", "工号,姓名,成员类型\ns1,周岚,内部\ns2,王五,外包\n"),
    ("customers.ndjson", "{\"customer_id\":\"c1\",\"name\":\"陈女士\"}\n"),
    ("tickets.csv", "case_id;title;assignee;customer\n101;漏水;s1;c1\n102;噪音;s9;\n"),
];

/// The commands of each section of the second level.
fn sections(page: &Page) -> Vec<(String, Vec<Vec<String>>)> {
    page.text
        .split("\n## ")
        .skip(1)
        .map(|text| {
            let title = text.lines().next().unwrap_or_default().to_owned();
            let section = Page { path: page.path.clone(), text: text.to_owned() };
            let blocks = section.blocks();
            let all = blocks.iter().flat_map(|block: &Block<'_>| commands::words(block));
            let own = all.filter_map(|words| commands::arguments(&words).map(<[String]>::to_vec));
            (title, own.collect())
        })
        .collect()
}

/// A data folder, and the ids that commands printed in it.
struct Desk {
    folder: tempfile::TempDir,
    group: Option<String>,
    secret_id: Option<String>,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in FILES {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        Self { folder, group: None, secret_id: None }
    }

    fn run(&mut self, words: &[String]) {
        let named = |word: &String| match word.as_str() {
            GROUP => self.group.clone().expect("a group was made"),
            SECRET_ID => self.secret_id.clone().expect("secrets were listed"),
            other => other.to_owned(),
        };
        let words: Vec<String> = words.iter().map(named).collect();
        let mut command: Command = laqun();
        command.args(&words).arg("--data").arg(self.folder.path().join("data"));
        command.current_dir(self.folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        // A secret, for who reads one; who does not may have ended already.
        let _ = child.stdin.take().expect("piped").write_all(b"a-secret-that-we-have\n");
        let said = child.wait_with_output().expect("it ends");
        let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        if words.starts_with(&["group".to_owned(), "retry".to_owned()]) {
            // The group of the examples did not fail; that it did is what the manual's reader has.
            assert!(err.contains("only a group that its platform refused"), "{words:?}: {out}{err}");
            return;
        }
        assert!(said.status.success(), "laqun {}\n{out}{err}", words.join(" "));
        let find = |is: fn(&str) -> bool| out.split_whitespace().find(|word| is(word)).map(str::to_owned);
        if words.starts_with(&["group".to_owned(), "add".to_owned()]) {
            self.group = find(|word| word.starts_with("chat"));
        }
        if words.starts_with(&["app".to_owned(), "secret".to_owned(), "list".to_owned()]) {
            self.secret_id = find(|word| word.len() == SECRET_ID.len() && word.matches('-').count() == 4);
        }
    }
}

#[test]
fn every_example_of_the_chapter_on_administration_works() {
    let page = pages("docs/en/administer.md").remove(0);
    let sections = sections(&page);
    let (_, first) = sections.iter().find(|(title, _)| title == FIRST).expect("the first section");
    let mut ran = 0;
    for (title, commands) in &sections {
        let mut desk = Desk::new();
        first.iter().filter(|_| title != FIRST).for_each(|words| desk.run(words));
        for (_, words) in BEFORE.iter().filter(|(section, _)| section == title) {
            desk.run(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
        }
        for words in commands {
            desk.run(words);
            ran += 1;
        }
    }
    assert!(ran > 50, "{ran} examples");
}
