//! The ES modules of the chat, served side by side under one folder, so that they find each other by relative imports.
//!
//! The folder's name carries a hash over all of them: a browser keeps them for ever and never mixes two versions. What a
//! page needs at once is told by [`closure`], so that the browser fetches all of it in one go.

use std::{collections::HashMap, sync::LazyLock};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

macro_rules! scripts {
    ($($name:literal),+ $(,)?) => {
        /// Path under `assets/` and content of every module.
        pub(super) const SCRIPTS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../assets/", $name)))),+];
    };
}

// One line a module, sorted: two branches that add one each meet without a conflict more often.
scripts![
    "chat/actions.js",
    "chat/api.js",
    "chat/banners.js",
    "chat/bubble.js",
    "chat/chat.js",
    "chat/closed.js",
    "chat/composer.js",
    "chat/connection.js",
    "chat/contact.js",
    "chat/customer.js",
    "chat/dom.js",
    "chat/emitter.js",
    "chat/emoji.js",
    "chat/gestures.js",
    "chat/gone.js",
    "chat/icons.js",
    "chat/ids.js",
    "chat/keyboard.js",
    "chat/landing.js",
    "chat/lane.js",
    "chat/large.js",
    "chat/log.js",
    "chat/media.js",
    "chat/mention.js",
    "chat/menu.js",
    "chat/notify.js",
    "chat/outbox.js",
    "chat/people.js",
    "chat/player.js",
    "chat/progress.js",
    "chat/rating.js",
    "chat/recorder.js",
    "chat/recording.js",
    "chat/room.js",
    "chat/rows.js",
    "chat/search.js",
    "chat/sheet.js",
    "chat/storage.js",
    "chat/system.js",
    "chat/time.js",
    "chat/upload.js",
    "chat/viewer.js",
    "chat/words.en.js",
    "chat/words.js",
    "chat/words.zh.js",
    "desk/alerts.js",
    "desk/attachments.js",
    "desk/dialog.js",
    "desk/facts.js",
    "desk/find.js",
    "desk/group.js",
    "desk/lanes.js",
    "desk/main.js",
    "desk/people.js",
    "desk/refresh.js",
    "desk/replies.js",
    "desk/route.js",
    "desk/sign.js",
    "desk/ticket.js",
    "desk/toast.js",
    "desk/words.en.js",
    "desk/words.zh.js",
];

/// `/assets/js-0123abcd`: the folder of all modules.
pub(super) static FOLDER: LazyLock<String> = LazyLock::new(|| {
    let mut all = Sha256::new();
    for (name, content) in SCRIPTS {
        all.update(name);
        all.update([0]);
        all.update(content);
        all.update([0]);
    }
    format!("/assets/js-{}", HEXLOWER.encode(&all.finalize()[..4]))
});

static CLOSURES: LazyLock<HashMap<&'static str, Vec<String>>> =
    LazyLock::new(|| SCRIPTS.iter().map(|(name, _)| (*name, walk(name))).collect());

/// The address of a module: `/assets/js-0123abcd/chat/api.js`.
pub(super) fn address(name: &str) -> String {
    format!("{}/{name}", *FOLDER)
}

/// The addresses of a module and of all that it imports when it starts, itself first. Empty for a name that is none.
pub(super) fn closure(name: &str) -> &'static [String] {
    CLOSURES.get(name).map_or(&[], Vec::as_slice)
}

fn walk(first: &'static str) -> Vec<String> {
    let mut names = vec![first.to_owned()];
    let mut at = 0;
    while let Some(name) = names.get(at).cloned() {
        let content = SCRIPTS.iter().find(|(n, _)| *n == name).map_or("", |(_, content)| content);
        for import in imports(content) {
            let found = resolve(&name, import);
            if !names.contains(&found) {
                names.push(found);
            }
        }
        at += 1;
    }
    names.iter().map(|name| address(name)).collect()
}

/// What a module imports when it starts: `import … from "./x.js"`, `export … from "./x.js"`, at the start of a line or
/// after the list of names.
fn imports(content: &str) -> impl Iterator<Item = &str> {
    content.lines().filter_map(|line| {
        let (before, rest) = line.split_once("from \"")?;
        let statement = ["import ", "export ", "} "].iter().any(|start| before.starts_with(start));
        statement.then(|| rest.split('"').next()).flatten()
    })
}

/// `./x.js` or `../chat/x.js`, seen from the module `from`.
fn resolve(from: &str, import: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_import_leads_to_a_module_and_no_folder_is_forgotten() {
        for (name, content) in SCRIPTS {
            let dynamic = content.split("import(\"").skip(1).filter_map(|rest| rest.split('"').next());
            for import in imports(content).chain(dynamic) {
                let found = resolve(name, import);
                assert!(SCRIPTS.iter().any(|(n, _)| *n == found), "{name} imports {import}");
            }
            assert!(content.lines().count() <= 400, "{name} is longer than 400 lines");
        }
        let assets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        for folder in ["chat", "desk"] {
            for file in std::fs::read_dir(assets.join(folder)).into_iter().flatten() {
                let name = format!("{folder}/{}", file.unwrap().file_name().into_string().unwrap());
                assert!(SCRIPTS.iter().any(|(n, _)| *n == name), "{name} is not in the list");
            }
        }
    }

    #[test]
    fn imports_are_found_however_they_are_written() {
        let script =
            "import { a } from \"./a.js\";\nimport {\n  b,\n} from \"../desk/b.js\";\nconst c = \"from \";\n";
        assert_eq!(imports(script).collect::<Vec<_>>(), ["./a.js", "../desk/b.js"]);
        assert_eq!(resolve("chat/x.js", "./a.js"), "chat/a.js");
        assert_eq!(resolve("chat/x.js", "../desk/b.js"), "desk/b.js");
    }

    #[test]
    fn the_languages_have_the_same_words() {
        for folder in ["chat", "desk"] {
            let of = |lang: &str| {
                let name = format!("{folder}/words.{lang}.js");
                let content = SCRIPTS.iter().find(|(n, _)| *n == name).map_or("", |(_, content)| content);
                // English has one more form for the number one.
                let lines = content.lines().filter_map(|line| line.trim().split_once(": \""));
                let lines = lines.filter(|(key, _)| lang == "zh" || !key.ends_with("_one"));
                lines
                    .map(|(key, text)| (key.to_owned(), text.trim_end_matches("\",").to_owned()))
                    .collect::<Vec<_>>()
            };
            let (zh, en) = (of("zh"), of("en"));
            let keys =
                |words: &[(String, String)]| words.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
            assert_eq!(keys(&zh), keys(&en), "{folder}: the same words in the same order");
            for ((key, zh), (_, en)) in zh.iter().zip(&en) {
                assert_eq!(placeholders(zh), placeholders(en), "{folder} {key}");
                for text in [zh, en] {
                    assert!(!text.contains(['!', '！', '…']) && !text.is_empty(), "{key}: {text}");
                }
                assert!(!zh.contains([',', ';', '?', '(']), "{key}: {zh}");
                assert_eq!(
                    zh.ends_with('。'),
                    en.ends_with('.'),
                    "{key}: one is a sentence, the other is not"
                );
            }
        }
    }

    fn placeholders(text: &str) -> Vec<&str> {
        let mut found: Vec<_> = text.split('{').skip(1).filter_map(|p| p.split('}').next()).collect();
        found.sort_unstable();
        found
    }
}
