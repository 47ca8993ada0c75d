//! The table of error codes has each that the program can answer, and no other.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::json;

use super::{Page, pages, root};
use crate::harness::{Engine, Server, TENANT};

/// The families of sub-codes.
const FAMILIES: [&str; 3] = ["isv.", "isp.", "accesscontrol."];

fn troubleshooting() -> [Page; 2] {
    ["en", "zh"].map(|language| pages(&format!("docs/{language}/troubleshoot.md")).remove(0))
}

/// What stands between backquotes in the tables and begins like a sub-code.
fn told_sub_codes(page: &Page) -> BTreeSet<String> {
    let rows = page.rows();
    let cells = rows.iter().flatten().flat_map(|cell| cell.split('`').skip(1).step_by(2));
    cells.filter(|code| FAMILIES.iter().any(|family| code.starts_with(family))).map(str::to_owned).collect()
}

/// The numbers in the tables' first column.
fn told_codes(page: &Page) -> BTreeSet<u16> {
    page.rows().iter().filter_map(|row| row[0].parse().ok()).collect()
}

/// The program's own text, without its tests, the tables of all that TOP knows, and the names that figures have.
fn sources() -> Vec<String> {
    fn collect(folder: &Path, into: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").display().to_string();
            if path.is_dir() && name != "observe" {
                collect(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !["code.rs", "sub_code.rs", "tests.rs"].contains(&&*name)
            {
                let text = fs::read_to_string(&path).expect("a text");
                into.push(text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
            }
        }
    }
    let mut texts = Vec::new();
    for krate in ["crates/top/src", "crates/server/src"] {
        collect(&root().join(krate), &mut texts);
    }
    texts
}

/// The sub-codes that the sources name; a name that ends in a colon is the beginning of several.
fn answered_sub_codes() -> BTreeSet<String> {
    let constants = [
        ("APP_LIMIT", top::sub_code::APP_LIMIT),
        ("API_LIMIT", top::sub_code::API_LIMIT),
        ("APP_API_LIMIT", top::sub_code::APP_API_LIMIT),
        ("ADDRESS_LIMIT", top::sub_code::ADDRESS_LIMIT),
        ("NO_API_PACKAGE", top::sub_code::NO_API_PACKAGE),
        ("TOO_LARGE", top::sub_code::TOO_LARGE),
        ("BAD_MULTIPART", top::sub_code::BAD_MULTIPART),
        ("BATCH_LIMIT", top::sub_code::BATCH_LIMIT),
    ];
    let mut found = BTreeSet::new();
    for text in sources() {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for literal in line.split('"').skip(1).step_by(2) {
                let named =
                    FAMILIES.iter().any(|family| literal.len() > family.len() && literal.starts_with(family));
                if named {
                    found.insert(literal.split('{').next().unwrap_or_default().to_owned());
                }
            }
            for name in line.split("sub_code::").skip(1) {
                let name: String = name.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
                if let Some((_, value)) = constants.iter().find(|(known, _)| *known == name) {
                    found.insert((*value).to_owned());
                }
            }
        }
    }
    found
}

/// The platform's codes that the sources name, but for those of an API that needs a session or has required arguments:
/// there is none.
fn answered_codes() -> BTreeSet<u16> {
    let unused = [top::Code::MissingSession, top::Code::MissingArguments];
    let mut found = BTreeSet::new();
    for text in sources() {
        for name in text.split("Code::").skip(1) {
            let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
            let code = top::Code::ALL.iter().find(|code| format!("{code:?}") == name);
            found.extend(code.filter(|code| !unused.contains(code)).map(|code| code.number()));
        }
    }
    // The service's own: a setting says which number it has.
    found.remove(&top::Code::BusinessError.number());
    found
}

#[test]
fn the_table_of_errors_has_every_code_that_the_program_answers_and_no_other() {
    let (codes, sub_codes) = (answered_codes(), answered_sub_codes());
    assert!(codes.len() > 15 && sub_codes.len() > 15, "{codes:?} {sub_codes:?}");
    for page in troubleshooting() {
        assert_eq!(told_codes(&page), codes, "{}", page.name());
        let told = told_sub_codes(&page);
        for code in &sub_codes {
            let there = told.iter().any(|told| told == code || code.ends_with(':') && told.starts_with(code));
            assert!(there, "{} lacks {code}", page.name());
        }
        for told in &told {
            let there =
                sub_codes.iter().any(|code| told == code || code.ends_with(':') && told.starts_with(code));
            assert!(there, "{}: the program never answers {told}", page.name());
        }
    }
}

#[tokio::test]
async fn what_the_program_answers_to_wrong_calls_is_in_the_table() {
    let server = Server::start(Engine::Sqlite).await;
    server.admin_json(
        "tenant add",
        &["2", "--name", "二", "--unknown-case", "refuse", "--unknown-outer-type", "refuse"],
    );
    server.admin_json("app grant", &["12345678", "2"]);
    let caller = server.caller();
    let long = "长".repeat(129);
    let tables = troubleshooting().map(|page| told_sub_codes(&page));
    for wrong in [
        json!({"tenant_id": TENANT}),
        json!({"case_id": "1", "staff_id": "123"}),
        json!({"case_id": "1", "tenant_id": 2}),
        json!({"case_id": "1", "tenant_id": 3, "staff_id": "123"}),
        json!({"case_id": "1", "tenant_id": TENANT, "staff_id": "nobody"}),
        json!({"case_id": "unknown", "tenant_id": 2, "staff_id": "nobody"}),
        json!({"case_id": "1", "tenant_id": 2, "staff_id": "w", "outer_type": "unknown"}),
        json!({"case_id": long, "tenant_id": TENANT, "staff_id": "123"}),
        json!({"case_id": "1", "tenant_id": TENANT, "staff_id": long}),
        json!({"case_id": "1", "tenant_id": TENANT, "staff_id": "123", "outer_type": long}),
    ] {
        let fault = caller.communicate(&wrong).await.fault();
        let sub_code = fault["sub_code"].as_str().unwrap_or_else(|| panic!("{wrong}: {fault}"));
        assert!(tables.iter().all(|table| table.contains(sub_code)), "{wrong}: {sub_code} is in no table");
    }
    let absent = caller.method(crate::harness::METHOD, &[], top::Output::JSON).await.fault();
    assert_eq!(absent["sub_code"], "isv.missing-parameter:service_communication_request");
    assert!(tables.iter().all(|table| table.contains(absent["sub_code"].as_str().expect("a text"))));
}
