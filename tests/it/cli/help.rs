//! What teaches: help with examples, manual pages, completions.

use std::{collections::BTreeSet, process::Command};

use super::run;
use crate::harness::laqun;

/// The commands below this one, as its help lists them.
fn below(command: &[String]) -> Vec<String> {
    let said = run(laqun().args(command).arg("--help"));
    assert_eq!(said.code, 0, "{command:?}: {}", said.err);
    let list = said.out.split_once("\nCommands:\n").map_or("", |(_, list)| list);
    let list = list.split("\n\n").next().unwrap_or_default();
    let names = list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(ToOwned::to_owned).collect()
}

/// Every command there is, the program itself first; `true` for one that does something.
fn commands() -> Vec<(Vec<String>, bool)> {
    let mut found = Vec::new();
    let mut next = vec![Vec::new()];
    while let Some(command) = next.pop() {
        let below = below(&command);
        next.extend(below.iter().map(|name| [command.clone(), vec![name.clone()]].concat()));
        found.push((command, below.is_empty()));
    }
    found
}

/// Nouns whose every verb shows how it is used.
const NOUNS: [&str; 9] =
    ["tenant", "app", "staff", "customer", "ticket", "channel", "group", "platform", "audit"];

#[test]
fn every_verb_of_every_noun_teaches_by_example_and_the_examples_are_commands() {
    let commands = commands();
    let known: BTreeSet<String> = commands.iter().map(|(command, _)| command.join(" ")).collect();
    let verbs = commands.iter().filter(|(command, leaf)| {
        *leaf && command.first().is_some_and(|noun| NOUNS.contains(&noun.as_str()))
    });
    let mut seen = 0;
    for (command, _) in verbs {
        seen += 1;
        let name = command.join(" ");
        let help = run(laqun().args(command).arg("--help")).out;
        let examples = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{name} has no examples")).1;
        let shown = format!("laqun {name}");
        assert!(examples.contains(&shown), "{name} does not show itself: {examples}");
        // What follows a name that is not the program's, as in `pass show laqun | …`, is no command.
        for example in examples.split("laqun ").skip(1).filter(|text| !text.starts_with('|')) {
            let words: Vec<&str> = example.split_whitespace().take(2).collect();
            assert!(known.contains(&words.join(" ")), "`laqun {}` is no command: {name}", words.join(" "));
        }
        assert!(run(laqun().args(command).arg("-h")).out.lines().count() <= help.lines().count());
    }
    assert!(seen >= 45, "only {seen} verbs were found: the search is broken");
    for noun in ["tenant", "app", "staff", "customer", "ticket", "channel"] {
        for verb in ["add", "list", "show", "set", "remove"] {
            assert!(known.contains(&format!("{noun} {verb}")), "laqun {noun} {verb}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page_that_can_be_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("man1");
    let said = run(laqun().args(["man", "--json", "--out"]).arg(&out));
    assert_eq!(said.code, 0, "{}", said.err);
    let mut pages: BTreeSet<String> = std::fs::read_dir(&out)
        .expect("a folder")
        .map(|e| e.expect("a file").file_name().into_string().expect("UTF-8"))
        .collect();
    assert_eq!(said.objects()[0]["pages"], pages.len());
    let groff = Command::new("groff").arg("--version").output().is_ok_and(|output| output.status.success());
    for (command, leaf) in commands() {
        let name = [vec!["laqun".to_owned()], command].concat().join("-");
        let file = format!("{name}.1");
        assert!(pages.remove(&file), "there is no page {file}");
        let page = std::fs::read_to_string(out.join(&file)).expect("a page");
        assert!(
            page.contains(".TH") && page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"),
            "{file}: {page}"
        );
        assert!(!leaf || page.contains(".SH OPTIONS"), "{file}");
        if groff {
            let set =
                Command::new("groff").args(["-man", "-Tutf8", "-Kutf8", "-ww"]).arg(out.join(&file)).output();
            let set = set.expect("groff runs");
            let (text, told) = (String::from_utf8_lossy(&set.stdout), String::from_utf8_lossy(&set.stderr));
            // A long synopsis that leaves gaps between its words is no mistake in the page.
            let complaints: Vec<&str> = told
                .lines()
                .filter(|line| !line.is_empty() && !line.contains("cannot adjust line"))
                .collect();
            assert!(set.status.success() && complaints.is_empty(), "{file}: {complaints:?}");
            assert!(text.contains(&name), "{file} does not name its command: {text}");
        }
    }
    assert_eq!(pages, BTreeSet::new(), "pages of no command");
    if !groff {
        println!("skipped: groff is not installed, so no page was set");
    }
    let first = run(laqun().arg("man"));
    assert_eq!(first.out, std::fs::read_to_string(out.join("laqun.1")).expect("a page"));
}

#[test]
fn every_shell_gets_completions_and_bash_completes_with_them() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = run(laqun().args(["completions", shell]));
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{shell}");
        for word in ["laqun", "dissolve", "outer-type", "rotate"] {
            assert!(said.out.contains(word), "{shell}: {word}");
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("laqun.bash");
    std::fs::write(&script, run(laqun().args(["completions", "bash"])).out).expect("a file");
    let bash = |text: &str| {
        let output =
            Command::new("bash").args(["-c", text, "bash"]).arg(&script).output().expect("bash runs");
        assert!(output.status.success(), "{text}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    bash("bash -n \"$1\"");
    for (words, offered) in [
        (&["laqun", "gro"][..], &["group"][..]),
        (&["laqun", "group", "re"], &["reopen", "retry"]),
        (&["laqun", "app", "secret", "rem"], &["remove"]),
        (&["laqun", "group", "list", "--outer"], &["--outer-type"]),
        (
            &["laqun", "ticket", "add", "--status", ""],
            &["accepted", "in_progress", "pending_confirmation", "done"],
        ),
    ] {
        let line = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
        let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
        let text = format!(
            "source \"$1\"; COMP_WORDS=({line}); COMP_CWORD={}; _laqun laqun '{last}' '{before}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.len() - 1
        );
        let mut told: Vec<String> = bash(&text).lines().map(ToOwned::to_owned).collect();
        told.sort();
        let mut offered: Vec<String> = offered.iter().map(ToString::to_string).collect();
        offered.sort();
        assert_eq!(told, offered, "{words:?}");
    }
}
