//! Every `laqun …` line of a block is a command of this program: the program itself reads it.

use std::process::Command;

use super::{Block, everything};
use crate::harness::laqun;

/// Blocks that a shell is meant to run.
const SHELL: [&str; 2] = ["sh", "console"];

/// The commands of a shell block, each as its words; redirections are left out, and what substitutions give is of no matter here.
pub(super) fn words(block: &Block<'_>) -> Vec<Vec<String>> {
    if !SHELL.contains(&block.language) {
        return Vec::new();
    }
    let (mut commands, mut command, mut word) = (Vec::new(), Vec::new(), None::<String>);
    let mut chars = block.text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => word.get_or_insert_default().extend(chars.by_ref().take_while(|c| *c != '\'')),
            '"' => word.get_or_insert_default().extend(chars.by_ref().take_while(|c| *c != '"')),
            '$' if chars.peek() == Some(&'(') => {
                word.get_or_insert_default().extend(chars.by_ref().take_while(|c| *c != ')'));
            }
            '\\' => {
                let next = chars.next();
                if next != Some('\n') {
                    word.get_or_insert_default().extend(next);
                }
            }
            '#' if word.is_none() => {
                while chars.peek().is_some_and(|c| *c != '\n') {
                    chars.next();
                }
            }
            ' ' | '\t' => command.extend(word.take()),
            '<' | '>' => {
                command.extend(word.take());
                while chars.next_if(|c| c.is_whitespace() && *c != '\n').is_some() {}
                while chars.next_if(|c| !c.is_whitespace()).is_some() {}
            }
            '\n' | ';' | '|' | '&' => {
                command.extend(word.take());
                commands.extend((!command.is_empty()).then(|| std::mem::take(&mut command)));
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    command.extend(word.take());
    commands.extend((!command.is_empty()).then_some(command));
    commands
}

/// The words after the program's name, if this command runs it.
pub(super) fn arguments(command: &[String]) -> Option<&[String]> {
    let is_setting =
        |word: &&String| word.split_once('=').is_some_and(|(name, _)| !name.contains(['-', '/']));
    let settings = command.iter().take_while(is_setting).count();
    let command = &command[settings..];
    let is_program = |word: &String| word == "laqun" || word.ends_with("/laqun");
    let rest = match command.first()?.as_str() {
        "sudo" if command.get(1).is_some_and(|word| word == "-u") => command.get(3..)?,
        // What a container runs stands last; before it, the container may have the same name.
        "docker" | "kubectl" | "podman" => {
            let at = command.iter().rposition(|word| word == "/laqun" || word.ends_with("/bin/laqun"))?;
            &command[at..]
        }
        "cargo" if command.get(1).is_some_and(|word| word == "run") => {
            let at = command.iter().position(|word| word == "--")?;
            return Some(&command[at + 1..]);
        }
        _ => command,
    };
    let (first, rest) = rest.split_first()?;
    is_program(first).then_some(rest)
}

/// Lets the program read the words, without doing anything: it stops at a configuration that is not there, which it looks
/// for after it has understood the command line (or at a file of the example that is not there). What needs no
/// configuration is asked for its help.
fn check(words: &[String], place: &str) {
    let direct = ["help", "--version", "--help"];
    let without = ["call", "completions", "man"];
    let mut words = words.to_vec();
    let mut command: Command = laqun();
    let folder = tempfile::tempdir().expect("a folder");
    command.current_dir(folder.path());
    let line = words.join(" ");
    let begins = |with: &[&str]| words.first().is_some_and(|first| with.contains(&first.as_str()));
    if begins(&direct) || begins(&without) || words.iter().any(|word| word == "--help") {
        words.extend(begins(&without).then(|| "--help".to_owned()));
        let said = command.args(&words).output().expect("it runs");
        let error = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.success(), "{place}: laqun {line}\n{error}");
        return;
    }
    let nowhere = folder.path().join("nowhere.toml").display().to_string();
    match words.iter().position(|word| word == "--config") {
        Some(at) => words[at + 1].clone_from(&nowhere),
        None => words.extend(["--config".to_owned(), nowhere]),
    }
    let said = command.args(&words).output().expect("it runs");
    let error = String::from_utf8_lossy(&said.stderr).into_owned();
    // The reader of the command line begins so, and nobody else.
    assert!(!said.status.success() && !error.starts_with("error:"), "{place}: laqun {line}\n{error}");
    let left = std::fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 0, "{place}: laqun {line} did something");
}

#[test]
fn every_command_of_the_manual_is_one_that_the_program_reads() {
    let mut seen = std::collections::BTreeSet::new();
    for page in everything() {
        for block in page.blocks() {
            for command in words(&block) {
                if let Some(words) = arguments(&command)
                    && seen.insert(words.to_vec())
                {
                    check(words, &page.name());
                }
            }
        }
    }
    assert!(seen.len() > 40, "{} commands", seen.len());
}

#[test]
fn a_command_that_the_program_does_not_have_is_found() {
    let text = "LANG=C\nlaqun staff add w1 --name '林 晓'   # a comment\nsudo -u laqun laqun frobnicate > /x/laqun\n";
    let block = Block { language: "sh", text: text.to_owned() };
    let commands = words(&block);
    let found: Vec<_> = commands.iter().filter_map(|command| arguments(command)).collect();
    assert_eq!(found, [&["staff", "add", "w1", "--name", "林 晓"][..], &["frobnicate"]]);
    check(found[0], "here");
    for wrong in
        [&["frobnicate"][..], &["staff", "add", "w1"], &["staff", "add", "w1", "--name", "x", "--nick", "y"]]
    {
        let words: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert!(std::panic::catch_unwind(|| check(&words, "here")).is_err(), "{wrong:?}");
    }
}
