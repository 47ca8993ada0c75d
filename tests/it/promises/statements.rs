//! Promise 5, read from the source: every statement about a tenant's table says which tenant.

use std::path::{Path, PathBuf};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");

/// Statements that say no tenant, each with its reason. A statement is known by its beginning.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "SELECT tenant_id, staff FROM staff_session WHERE session_hash = $1",
        "the cookie's hash tells the tenant",
    ),
    ("SELECT tenant_id FROM app_grant WHERE app_key = $1", "the operator lists an app's tenants"),
    ("SELECT tenant_id FROM audit WHERE tenant_id > $1", "the operator reads the audit log of all tenants"),
    (
        "SELECT tenant_id, id, group_id FROM attachment WHERE state",
        "the sweep takes what nobody sent, of every tenant",
    ),
    (
        "SELECT tenant_id, id, blob, thumb FROM attachment WHERE state",
        "the sweep takes what was removed, of every tenant",
    ),
    ("SELECT bytes FROM attachment WHERE blob", "a blob may be named by several tenants"),
    ("SELECT bytes FROM attachment WHERE thumb", "a blob may be named by several tenants"),
    ("SELECT blob, thumb FROM attachment WHERE state", "doctor: every blob that is named"),
    ("SELECT app_key, tenant_id FROM app_grant ORDER BY", "the directory: every grant"),
    ("SELECT tenant_id, name, corp_id, unknown_outer_type", "the directory: every tenant"),
    ("SELECT tenant_id, id, name, platform, patience_ms", "the directory: every channel"),
    ("SELECT tenant_id, COUNT(*) AS failed FROM chat_group", "doctor: the operator is told of every tenant"),
    ("SELECT tenant_id, outer_type, channel_id FROM outer_type", "the directory: every outer type"),
    ("DELETE FROM page_open WHERE instance = $1", "what an earlier process on this data folder left"),
    ("DELETE FROM page_open WHERE instance IN (SELECT", "what processes left that are dead"),
];

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found
}

/// The tables that have a `tenant_id`.
fn tenant_tables() -> Vec<String> {
    let mut tables = Vec::new();
    for file in files(Path::new(MIGRATIONS), "sql") {
        let text = std::fs::read_to_string(&file).expect("a migration");
        for table in text.split("CREATE TABLE ").skip(1) {
            let name = table.split_whitespace().next().expect("a name");
            let body = table.split(");").next().expect("a body");
            if body.lines().any(|line| line.trim_start().starts_with("tenant_id ")) {
                tables.push(name.to_owned());
            }
        }
    }
    tables
}

/// The string literals of a Rust source, without comments and characters.
fn literals(source: &str) -> Vec<String> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &source[at..];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            let end = raw.find("\"#").unwrap_or(raw.len());
            found.push(raw[..end].to_owned());
            at += end + 5;
        } else if bytes[at] == b'"' {
            let mut end = at + 1;
            while bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            found.push(source[at + 1..end].replace("\\\n", " "));
            at = end + 1;
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\''") {
            at += rest[1..].find('\'').map_or(1, |end| end + 2);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

/// The literals that are statements, blanks evened out.
fn statements() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in files(Path::new(SOURCES), "rs") {
        let source = std::fs::read_to_string(&file).expect("a source");
        let name = file.strip_prefix(SOURCES).expect("inside").display().to_string();
        for literal in literals(&source) {
            let text = literal.split_whitespace().collect::<Vec<_>>().join(" ");
            if ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "].iter().any(|verb| text.starts_with(verb))
            {
                found.push((name.clone(), text));
            }
        }
    }
    found
}

/// Tables of a tenant in this statement that are neither restricted to one tenant nor told theirs.
fn unbound(sql: &str, tables: &[String]) -> Vec<String> {
    let spaced = sql.replace(['(', ')', ','], " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut wrong = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if !["FROM", "JOIN", "INTO", "UPDATE"].contains(word) {
            continue;
        }
        let Some(table) = words.get(at + 1).filter(|name| tables.iter().any(|t| t == *name)) else {
            continue;
        };
        let bound = if *word == "INTO" {
            // The columns stand between the name and VALUES or SELECT.
            words[at + 2..]
                .iter()
                .take_while(|w| !["VALUES", "SELECT"].contains(w))
                .any(|w| *w == "tenant_id")
        } else {
            let next = words.get(at + 2).copied().unwrap_or_default();
            let next = if next == "AS" { words.get(at + 3).copied().unwrap_or_default() } else { next };
            let is_alias = !next.is_empty() && next.chars().all(|c| c.is_ascii_lowercase());
            let column = if is_alias { format!("{next}.tenant_id") } else { "tenant_id".to_owned() };
            words.windows(3).any(|w| w[1] == "=" && (w[0] == column || (is_alias && w[2] == column)))
        };
        if !bound {
            wrong.push((*table).to_owned());
        }
    }
    wrong
}

#[test]
fn every_statement_about_a_tenant_s_table_says_which_tenant() {
    let tables = tenant_tables();
    let mut checked = 0;
    let mut used = vec![false; EXCEPTIONS.len()];
    let mut wrong = Vec::new();
    for (file, sql) in statements() {
        let mentions = tables
            .iter()
            .any(|table| sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|w| w == table));
        checked += usize::from(mentions);
        let unbound = unbound(&sql, &tables);
        if unbound.is_empty() {
            continue;
        }
        match EXCEPTIONS.iter().position(|(begin, _)| sql.starts_with(begin)) {
            Some(known) => used[known] = true,
            None => wrong.push(format!("{file}: {unbound:?} in: {sql}")),
        }
    }
    assert!(wrong.is_empty(), "statements that say no tenant:\n{}", wrong.join("\n"));
    assert!(checked >= 30, "only {checked} statements were found: the search is broken");
    for ((begin, _), used) in EXCEPTIONS.iter().zip(used) {
        assert!(used, "no statement begins so any more: {begin}");
    }
}

#[test]
fn the_search_finds_tables_and_statements_without_a_tenant() {
    let tables = tenant_tables();
    for name in ["tenant", "staff", "chat_group", "group_member", "group_token", "timeline", "audit"] {
        assert!(tables.iter().any(|t| t == name), "{name}");
    }
    for (sql, wrong) in [
        ("SELECT id FROM chat_group WHERE id = $1", 1),
        ("SELECT id FROM chat_group WHERE tenant_id = $1 AND id = $2", 0),
        ("SELECT g.id FROM chat_group g JOIN ticket k ON k.case_id = g.case_id WHERE g.tenant_id = $1", 1),
        (
            "SELECT g.id FROM chat_group g JOIN ticket k ON k.tenant_id = g.tenant_id WHERE g.tenant_id = $1",
            0,
        ),
        ("INSERT INTO staff (staff_id) VALUES ($1)", 1),
        ("INSERT INTO staff (tenant_id, staff_id) VALUES ($1, $2)", 0),
        ("UPDATE chat_group SET state = $1", 1),
        ("DELETE FROM redeemed_ticket WHERE expires_at < $1", 1),
        ("SELECT version FROM directory_version", 0),
    ] {
        assert_eq!(unbound(sql, &tables).len(), wrong, "{sql}");
    }
    let source =
        "// \"SELECT 1\"\nlet a = \"SELECT \\\"x\\\" \\\n  FROM t\"; let c = '\"'; let b = r#\"raw \"q\"\"#;";
    assert_eq!(literals(source), ["SELECT \\\"x\\\"    FROM t", "raw \"q\""]);
}
