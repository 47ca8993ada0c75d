//! Backups: taken while clicks run, put back elsewhere, trusted only when whole.

mod blobs;
mod owner;
mod refused;
mod rotate;
mod same;
mod storage;
mod tools;

use std::{
    path::{Path, PathBuf},
    process::Output,
};

use serde_json::Value;

use crate::{
    harness::{Engine, Server, laqun, new_postgres_database},
    migrations::story,
};

/// What a command said.
pub(crate) struct Said {
    code: Option<i32>,
    told: Value,
    out: String,
    err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        let told = serde_json::from_str(&out).unwrap_or_default();
        Self {
            code: output.status.code(),
            told,
            out,
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self
    }

    /// Refused with these words, and nothing on standard output.
    fn refused(&self, words: &str) {
        assert_eq!((self.code, self.out.as_str()), (Some(1), ""), "{}", self.err);
        assert!(self.err.contains(words), "`{words}` is not in: {}", self.err);
    }
}

/// Takes a backup of a server's data.
pub(crate) fn backup(server: &Server, to: &Path) -> Said {
    Said::of(&server.admin("backup", &[to.to_str().expect("UTF-8"), "--json"]))
}

fn verify(path: &Path) -> Said {
    Said::of(&laqun().arg("backup").arg("--verify").arg(path).arg("--json").output().expect("it runs"))
}

/// A machine with nothing on it but the key's file.
pub(crate) struct Elsewhere {
    engine: Engine,
    folder: tempfile::TempDir,
    database: Option<String>,
}

impl Elsewhere {
    pub(crate) async fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        story::put_key(folder.path());
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(new_postgres_database().await),
        };
        Self { engine, folder, database }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("master.key")
    }

    /// `laqun restore` to here.
    fn restore(&self, from: &Path, more: &[&str]) -> Said {
        self.run(laqun(), from, more)
    }

    /// The same with settings from the environment.
    pub(crate) fn restore_with(&self, from: &Path, environment: &[(&str, &str)]) -> Said {
        let mut command = laqun();
        command.envs(environment.iter().copied());
        self.run(command, from, &[])
    }

    fn run(&self, mut command: std::process::Command, from: &Path, more: &[&str]) -> Said {
        command
            .arg("restore")
            .arg(from)
            .arg("--data")
            .arg(self.data())
            .arg("--master-key-file")
            .arg(self.key());
        if let Some(database) = &self.database {
            command.args(["--database-url", database, "--unsafe-durability"]);
        }
        Said::of(&command.args(more).arg("--json").output().expect("it runs"))
    }

    /// A server on what was restored.
    fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// The same with settings from the environment.
    pub(crate) fn serve_with(&self, environment: &[(&str, &str)]) -> Server {
        Server::serve_with(self.engine, self.database.clone(), environment, |data| {
            let entries = std::fs::read_dir(self.data()).expect("the data folder");
            for entry in entries.map(|entry| entry.expect("an entry")) {
                std::fs::rename(entry.path(), data.join(entry.file_name())).expect("moved");
            }
            story::put_key(data);
        })
    }
}
