//! A command under another configuration than the server's: it makes no second system.

use std::path::{Path, PathBuf};

use super::{Said, run};
use crate::{
    harness::{Engine, laqun, new_postgres_database},
    migrations::raw::Raw,
};

/// At least one verb of every noun that opens the data.
const COMMANDS: [&[&str]; 21] = [
    &["tenant", "list"],
    &["tenant", "show", "7"],
    &["tenant", "set", "7", "--name", "x"],
    &["tenant", "remove", "7"],
    &["app", "list"],
    &["app", "add", "--name", "x"],
    &["staff", "list", "--tenant", "7"],
    &["staff", "add", "w1", "--name", "x"],
    &["staff", "import", "/dev/null"],
    &["customer", "list"],
    &["customer", "add", "c1", "--name", "x"],
    &["ticket", "list"],
    &["ticket", "add", "42", "--title", "x"],
    &["channel", "list"],
    &["channel", "add", "phone"],
    &["group", "list"],
    &["group", "add", "42", "--staff", "w1"],
    &["platform", "list"],
    &["audit", "list"],
    &["key", "rotate"],
    &["backup"],
];

/// Everything below a folder.
fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            folders.extend(path.is_dir().then(|| path.clone()));
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A machine with a key's file and perhaps an empty data folder on it.
struct Machine {
    folder: tempfile::TempDir,
    database: Option<String>,
}

impl Machine {
    async fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("key"), "5a".repeat(32)).expect("a key");
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(new_postgres_database().await),
        };
        Self { folder, database }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, words: &[&str]) -> Said {
        let mut command = laqun();
        command.args(words).current_dir(self.folder.path()).arg("--data").arg(self.data());
        if words == ["backup"] {
            command.arg(self.folder.path().join("copy"));
        }
        if let Some(database) = &self.database {
            command.args(["--unsafe-durability", "--database-url", database]);
            command.arg("--master-key-file").arg(self.folder.path().join("key"));
        }
        run(&mut command)
    }

    /// Every command is refused, and nothing is made.
    async fn refuses_everything(&self) {
        let before = listing(self.folder.path());
        let there = match &self.database {
            None => format!("there is no database at {}", self.data().join("laqun.db").display()),
            Some(_) => "there is nothing of laqun's in".to_owned(),
        };
        for words in COMMANDS {
            let said = self.run(words);
            assert_eq!((said.code, said.out.as_str()), (1, ""), "{words:?}: {}", said.err);
            assert!(said.err.contains(&there), "{words:?}: {}", said.err);
            if words != ["backup"] {
                for word in ["--config", "LAQUN_DATABASE_URL", "`laqun serve` or `laqun tenant add`"] {
                    assert!(said.err.contains(word), "{words:?}: {}", said.err);
                }
            }
            assert_eq!(listing(self.folder.path()), before, "{words:?}");
        }
        if let Some(database) = &self.database {
            assert_eq!(Raw::Postgres(database.clone()).tables().await, Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn where_there_is_no_database_every_command_is_refused_and_only_a_first_tenant_makes_one() {
    for engine in Engine::all() {
        let machine = Machine::new(engine).await;
        machine.refuses_everything().await;
        std::fs::create_dir(machine.data()).expect("a folder");
        machine.refuses_everything().await;
        let first = machine.run(&["tenant", "add", "7", "--name", "七"]);
        assert_eq!((first.code, first.err.as_str()), (0, ""));
        assert!(first.out.contains("in a database that was made for it"), "{}", first.out);
        let second = machine.run(&["tenant", "add", "8", "--name", "八", "--json"]);
        assert_eq!(
            (second.code, &second.objects()[0]["made_database"]),
            (0, &false.into()),
            "{}",
            second.err
        );
        let listed = machine.run(&["tenant", "list", "--json"]);
        assert_eq!(listed.objects().len(), 2, "{engine:?}: {}", listed.err);
    }
}

#[tokio::test]
async fn a_database_that_was_made_by_migrating_is_one() {
    for engine in Engine::all() {
        let machine = Machine::new(engine).await;
        assert_eq!(machine.run(&["migrate"]).code, 0);
        let listed = machine.run(&["tenant", "list"]);
        assert_eq!((listed.code, listed.out.as_str()), (0, "(none)\n"), "{engine:?}: {}", listed.err);
    }
}
