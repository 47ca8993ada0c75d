//! The program as a process.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::{Caller, Engine, database::new_postgres_database};

/// A server with the documented sample in it, on data of its own. Killed when dropped.
pub(crate) struct Server {
    pub(crate) engine: Engine,
    pub(crate) url: String,
    /// What `demo --json` printed, or `serve --json` after a restart.
    pub(crate) printed: Value,
    pub(crate) folder: TempDir,
    /// The PostgreSQL database, if that is the engine.
    pub(crate) database: Option<String>,
    /// Whether the database is allowed to lose what was answered; the tests' shared PostgreSQL runs without fsync.
    unsafe_durability: bool,
    extra: Vec<String>,
    environment: Vec<(String, String)>,
    /// Where it listens the next time it starts; port 0 unless it is to come back where it was.
    listen: String,
    child: Option<Child>,
}

impl Server {
    /// A demo server.
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::start_with(engine, &[], &[]).await
    }

    /// A demo server with more arguments and environment variables; a restart keeps the environment.
    pub(crate) async fn start_with(engine: Engine, extra: &[&str], environment: &[(&str, &str)]) -> Self {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(new_postgres_database().await),
        };
        let mut server = Self::with(engine, database, extra, environment);
        server.run("demo");
        server
    }

    /// A demo server on a PostgreSQL that must keep every promise.
    pub(crate) fn start_on(database: String) -> Self {
        let mut server = Self::with(Engine::Postgres, Some(database), &[], &[]);
        server.unsafe_durability = false;
        server.run("demo");
        server
    }

    /// A demo server on SQLite whose data folder is made ready, for instance as a disk of its own, by `prepare`.
    pub(crate) fn start_in(prepare: impl FnOnce(&Path)) -> Self {
        let mut server = Self::with(Engine::Sqlite, None, &[], &[]);
        let data = server.folder.path().join("data");
        std::fs::create_dir(&data).expect("a data folder");
        prepare(&data);
        server.run("demo");
        server
    }

    /// `serve` on data that is there already: a database that is filled, or a data folder that `prepare` fills.
    pub(crate) fn serve(engine: Engine, database: Option<String>, prepare: impl FnOnce(&Path)) -> Self {
        Self::serve_with(engine, database, &[], prepare)
    }

    /// The same with settings from the environment.
    pub(crate) fn serve_with(
        engine: Engine,
        database: Option<String>,
        environment: &[(&str, &str)],
        prepare: impl FnOnce(&Path),
    ) -> Self {
        let mut server = Self::with(engine, database, &[], environment);
        let data = server.folder.path().join("data");
        std::fs::create_dir(&data).expect("a data folder");
        prepare(&data);
        server.run("serve");
        server
    }

    /// Another machine: a second server on the same PostgreSQL database, with a data folder of its own.
    pub(crate) fn beside(&self) -> Self {
        let mut server = Self::with(self.engine, self.database.clone(), &[], &[]);
        server.environment.clone_from(&self.environment);
        server.run("serve");
        server
    }

    fn with(engine: Engine, database: Option<String>, extra: &[&str], environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("key"), format!("{}\n", "5a".repeat(32))).expect("a key file");
        Self {
            engine,
            url: String::new(),
            printed: Value::Null,
            folder,
            database,
            unsafe_durability: true,
            extra: extra.iter().map(ToString::to_string).collect(),
            environment: environment.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
            listen: "127.0.0.1:0".into(),
            child: None,
        }
    }

    /// Starts `serve` on the same data, after [`Server::kill`] or [`Server::stop`].
    pub(crate) fn restart(&mut self) {
        self.run("serve");
    }

    /// The same at the address it had, as pages that are still open expect it.
    pub(crate) fn come_back(&mut self) {
        self.url.trim_start_matches("http://").clone_into(&mut self.listen);
        self.run("serve");
    }

    fn run(&mut self, command: &str) {
        let mut process = self.command(command);
        process.args(["--json", "--listen", &self.listen]).args(&self.extra);
        process.stdout(Stdio::piped()).stderr(log_file(&self.folder));
        let mut child = process.spawn().expect("the program starts");
        let mut line = String::new();
        let mut reader = BufReader::new(child.stdout.take().expect("piped"));
        reader.read_line(&mut line).expect("the program prints a line");
        self.printed = serde_json::from_str(&line).unwrap_or_else(|error| {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{command} printed `{line}` ({error}); its log:\n{}", self.log())
        });
        // Not the public address: that may be any.
        self.url = match self.printed["listening"].as_str() {
            Some(address) => format!("http://{address}"),
            None => self.printed["request"]["url"]
                .as_str()
                .and_then(|url| url.split_once("/router"))
                .expect("a url")
                .0
                .to_owned(),
        };
        // What else it prints must not block it.
        std::thread::spawn(move || reader.read_to_end(&mut Vec::new()));
        self.child = Some(child);
    }

    /// The program with this server's data; a command may be run while the server runs.
    pub(crate) fn command(&self, command: &str) -> Command {
        let mut process = laqun();
        process.args(command.split_whitespace());
        process.arg("--data").arg(self.folder.path().join("data"));
        if let Some(database) = &self.database {
            process.args(["--database-url", database]);
            process.args(self.unsafe_durability.then_some("--unsafe-durability"));
            process.arg("--master-key-file").arg(self.folder.path().join("key"));
        }
        for (name, value) in &self.environment {
            // An empty one is taken away, so that a file can decide what the tests decide otherwise.
            if value.is_empty() {
                process.env_remove(name)
            } else {
                process.env(name, value)
            };
        }
        process
    }

    /// Runs an administrative command to its end.
    pub(crate) fn admin(&self, command: &str, more: &[&str]) -> Output {
        self.command(command).args(more).output().expect("the program runs")
    }

    /// The same, which must succeed; the JSON it prints.
    pub(crate) fn admin_json(&self, command: &str, more: &[&str]) -> Vec<Value> {
        let output = self.command(command).args(more).arg("--json").output().expect("the program runs");
        assert!(output.status.success(), "{command} {more:?}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Signed calls with the sample app.
    pub(crate) fn caller(&self) -> Caller {
        Caller::new(&self.url)
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().expect("running").id()
    }

    /// Kills it at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to end, and waits until it has; its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let done = Command::new("kill").arg(self.child.as_ref()?.id().to_string()).status();
        assert!(done.expect("kill runs").success());
        self.wait()
    }

    /// Waits until it has ended; its exit code.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.take()?.wait().expect("it ends").code()
    }

    /// `team_group_id` of the demo's group.
    pub(crate) fn printed_group(&self) -> Value {
        self.printed["team_group_id"].clone()
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The database's file, if that is the engine.
    pub(crate) fn sqlite_file(&self) -> PathBuf {
        self.folder.path().join("data").join("laqun.db")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            println!("--- log of the server on {:?}\n{}", self.engine, self.log());
        }
    }
}

/// The program, without settings from the environment of the tests.
pub(crate) fn laqun() -> Command {
    let mut process = Command::new(env!("CARGO_BIN_EXE_laqun"));
    for (name, _) in
        std::env::vars().filter(|(name, _)| name.starts_with("LAQUN_") && !name.starts_with("LAQUN_TEST"))
    {
        process.env_remove(name);
    }
    process
        .env("LAQUN_LOG_LEVEL", "info")
        .env("LAQUN_OPS_LISTEN", "")
        .current_dir(Path::new("/"))
        .stdin(Stdio::null());
    process
}

fn log_file(folder: &TempDir) -> Stdio {
    let path = folder.path().join("log");
    std::fs::OpenOptions::new().create(true).append(true).open(path).expect("a log file").into()
}
