//! The complete programs of `docs/samples`, compiled where they are, against the running server: what the manual tells
//! people to copy works.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Caller, Engine, SECRET, Server, TENANT};

/// One program.
#[derive(Debug, Clone, Copy)]
struct Sample {
    file: &'static str,
    /// The command that compiles it, if that is needed; `{out}` is the folder of what was compiled.
    build: &'static [&'static str],
    /// The command that runs it.
    run: &'static [&'static str],
}

const SAMPLES: [Sample; 8] = [
    Sample {
        file: "CreateGroup.java",
        build: &["javac", "-Xlint:all", "-Werror", "-d", "{out}", "{file}"],
        run: &["java", "-cp", "{out}", "CreateGroup"],
    },
    Sample {
        file: "CreateGroup.cs",
        build: &[
            "mcs",
            "-warn:4",
            "-warnaserror",
            "-r:System.Net.Http.dll",
            "-out:{out}/CreateGroup.exe",
            "{file}",
        ],
        // Compiled code of Mono 6.8 hangs now and then, with threads that wait for nothing; interpreted code does not.
        run: &["mono", "--interpreter", "{out}/CreateGroup.exe"],
    },
    Sample { file: "create_group.php", build: &["php", "-l", "{file}"], run: &["php", "{file}"] },
    Sample { file: "create_group.sh", build: &[], run: &["{file}"] },
    Sample { file: "create_group.py", build: &[], run: &["python3", "-W", "error", "{file}"] },
    Sample {
        file: "create_group.c",
        build: &[
            "gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-o", "{out}/c", "{file}", "-lcurl", "-lcrypto",
        ],
        run: &["{out}/c"],
    },
    Sample {
        file: "create_group.cpp",
        build: &[
            "g++",
            "-std=c++17",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-o",
            "{out}/cpp",
            "{file}",
            "-lcurl",
            "-lcrypto",
        ],
        run: &["{out}/cpp"],
    },
    Sample { file: "create_group.mjs", build: &[], run: &["node", "{file}"] },
];

/// Where the compiled ones are, for all tests of this process.
static COMPILED: LazyLock<TempDir> = LazyLock::new(|| {
    let out = tempfile::tempdir().expect("a folder");
    for sample in SAMPLES.iter().filter(|sample| !sample.build.is_empty() && sample.tools_are_there()) {
        let said = sample.command(sample.build, out.path()).output().expect("the compiler runs");
        let words = [said.stdout, said.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(said.status.success(), "{}: {}{}", sample.file, words[0], words[1]);
    }
    out
});

/// What a run came to.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    /// The value that the program printed after a name.
    fn value(&self, name: &str) -> &str {
        let line = self.out.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }
}

impl Sample {
    /// Every sample that can run here; all of them where everything must run.
    fn all() -> Vec<Self> {
        let required = std::env::var("LAQUN_TEST_REQUIRE_POSTGRES").is_ok_and(|v| v == "1");
        let (there, missing): (Vec<_>, Vec<_>) = SAMPLES.into_iter().partition(Self::tools_are_there);
        for sample in missing {
            assert!(!required, "{}: its tools are missing (tests/setup/packages.sh)", sample.file);
            println!("skipped: {} (tests/setup/packages.sh installs its tools)", sample.file);
        }
        there
    }

    fn tools_are_there(&self) -> bool {
        let tools = [self.build.first(), self.run.first()];
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = |tool: &str| {
            tool.starts_with('{') || std::env::split_paths(&path).any(|dir| dir.join(tool).exists())
        };
        tools.into_iter().flatten().all(|tool| found(tool))
    }

    fn command(&self, words: &[&str], out: &Path) -> Command {
        let file = samples().join(self.file).display().to_string();
        let place = out.display().to_string();
        let mut words = words.iter().map(|word| word.replace("{file}", &file).replace("{out}", &place));
        // An upper bound for a program that hangs.
        let mut command = Command::new("timeout");
        command.arg("120").args(words.by_ref());
        // The time zone of a server that stands in the wrong one: a timestamp must be right all the same.
        command.env("TZ", "America/New_York").env("LC_ALL", "C.UTF-8").env_remove("TOP_TENANT_ID");
        command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        command
    }

    fn run(&self, url: &str, app: &App, arguments: &[&str], more: &[(&str, &str)]) -> Said {
        let mut command = self.command(self.run, COMPILED.path());
        command.env("TOP_URL", url).env("TOP_APP_KEY", &app.key).env("TOP_SECRET", &app.secret);
        let output = command.args(arguments).envs(more.iter().copied()).output().expect("it runs");
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
        Said { code: output.status.code(), out, err }
    }
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/samples").canonicalize().expect("the samples")
}

/// An app of one sample's own, so that its calls can be told from others' in the log.
#[derive(Debug, Clone)]
struct App {
    key: String,
    secret: String,
}

/// A server with an app for each sample.
struct Lab {
    server: Server,
    url: String,
    apps: Vec<(Sample, App)>,
}

impl Lab {
    async fn open(engine: Engine, environment: &[(&str, &str)]) -> Self {
        let environment = [&[("LAQUN_LOG_FORMAT", "json")], environment].concat();
        let server = Server::start_with(engine, &[], &environment).await;
        let apps = Sample::all().into_iter().enumerate().map(|(n, sample)| {
            let key = (20_000_001 + n).to_string();
            let added =
                server.admin_json("app add", &[&key, "--name", sample.file, "--grant", &TENANT.to_string()]);
            (sample, App { key, secret: added[0]["secret"].as_str().expect("a secret").to_owned() })
        });
        let apps = apps.collect();
        Self { url: format!("{}/router/rest", server.url), server, apps }
    }

    /// Does the same with every sample at once.
    fn each(&self, what: impl Fn(&Sample, &App) + Sync) {
        std::thread::scope(|scope| {
            for (sample, app) in &self.apps {
                scope.spawn(|| what(sample, app));
            }
        });
    }

    /// How the calls of each app ended, by the log: the code of the error, 0 for a success.
    fn logged(mut self) -> Vec<(Sample, Vec<u64>)> {
        self.server.stop();
        let log = self.server.log();
        let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let of = |app: &App| {
            let own = lines.iter().filter(|line| line["app_key"] == app.key.as_str());
            own.map(|line| line["code"].as_u64().expect("a code")).collect()
        };
        self.apps.iter().map(|(sample, app)| (*sample, of(app))).collect()
    }
}

#[tokio::test]
async fn every_sample_makes_the_group_of_a_ticket_whose_names_are_chinese() {
    for engine in Engine::all() {
        let lab = Lab::open(engine, &[]).await;
        let staff = "客服-林晓 & <小> +100% \"é\" \\ 👩‍🔧";
        lab.server.admin_json("staff add", &[staff, "--name", "林晓"]);
        let case_id = |app: &App| format!("工单/{} & <№> +1% \"引\" \\ 🛠", app.key);
        for (_, app) in &lab.apps {
            let ticket = [&*case_id(app), "--title", "洗碗机安装后漏水", "--assignee", staff];
            lab.server.admin_json("ticket add", &ticket);
        }
        let runs = std::sync::Mutex::new(Vec::new());
        lab.each(|sample, app| {
            for sign_method in ["hmac-sha256", "md5"] {
                let environment = [("TOP_SIGN_METHOD", sign_method)];
                let said = sample.run(&lab.url, app, &[&case_id(app), staff, "来源 é"], &environment);
                let who = format!("{engine:?} {} {sign_method}: {said:?}", sample.file);
                assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{who}");
                runs.lock().expect("no panic").push((app.clone(), said, who));
            }
        });
        let runs = runs.into_inner().expect("no panic");
        assert_eq!(runs.len(), 2 * lab.apps.len());
        for (app, said, who) in runs {
            let case_id = case_id(&app);
            let caller = Caller { app_key: app.key.clone(), secret: app.secret, ..lab.server.caller() };
            let request = json!({"case_id": case_id, "staff_id": staff, "outer_type": "来源 é"});
            let ours = caller.communicate(&request).await;
            let data = ours.data();
            assert_eq!(said.value("team_group_id"), data["team_group_id"], "{who}");
            assert_eq!(said.value("group_qr_code"), data["group_qr_code"], "{who}");
            let (permanent, st) = said.value("group_link").split_once("&st=").expect("a sign-in ticket");
            assert_eq!(permanent, ours.permanent_link(), "{who}");
            assert!(!st.is_empty(), "{who}");
            let groups = lab.server.admin_json("group list", &["--case-id", &case_id]);
            assert_eq!(groups.len(), 1, "{who}");
            assert_eq!(groups[0]["outer_type"], "来源 é", "{who}");
        }
    }
}

#[tokio::test]
async fn every_sample_says_what_to_do_about_a_refusal_and_does_not_ask_again() {
    let lab = Lab::open(Engine::Sqlite, &[("LAQUN_GATEWAY_FAILED_SIGNATURES_PER_MINUTE", "1")]).await;
    lab.each(|sample, app| {
        let file = sample.file;
        let unknown = sample.run(&lab.url, app, &["123", "no-such-staff"], &[]);
        assert_eq!((unknown.code, unknown.out.as_str()), (Some(1), ""), "{file} {unknown:?}");
        for says in ["error 50 isv.staff-not-exist: 员工不存在", "(request_id ", "laqun staff add"] {
            assert!(unknown.err.contains(says), "{says}: {file} {unknown:?}");
        }
        let foreign = sample.run(&lab.url, app, &["123", "123"], &[("TOP_TENANT_ID", "1")]);
        assert_eq!(foreign.code, Some(1), "{file} {foreign:?}");
        assert!(foreign.err.contains("isv.tenant-not-exist") && foreign.err.contains("laqun app grant"));
        let wrong = App { secret: SECRET.to_owned(), ..app.clone() };
        let signed_wrongly = sample.run(&lab.url, &wrong, &["123", "123"], &[]);
        assert_eq!(signed_wrongly.code, Some(1), "{file} {signed_wrongly:?}");
        for says in ["error 25 -: Invalid signature", "check TOP_SECRET"] {
            assert!(signed_wrongly.err.contains(says), "{says}: {file} {signed_wrongly:?}");
        }
        // Too many of those: told to wait for longer than an agent would.
        let banned = sample.run(&lab.url, app, &["123", "123"], &[]);
        assert_eq!(banned.code, Some(1), "{file} {banned:?}");
        assert!(banned.err.contains("error 7 accesscontrol."), "{file} {banned:?}");
    });
    for (sample, codes) in lab.logged() {
        assert_eq!(codes, [50, 50, 25, 7], "{}", sample.file);
    }
}

#[tokio::test]
async fn every_sample_asks_again_when_the_service_failed_and_gives_up_in_the_end() {
    let lab = Lab::open(Engine::Sqlite, &[]).await;
    let sandbox = |channel: &str, faults: u32| {
        let settings = json!({"fault": "fail", "fault_count": faults}).to_string();
        let add = [channel, "--outer-type", channel, "--settings", &settings, "--platform", "sandbox"];
        lab.server
            .admin_json("channel add", &[&add[..], &["--patience", "100", "--pending", "error"]].concat());
    };
    sandbox("always", 1_000_000);
    for (_, app) in &lab.apps {
        sandbox(&app.key, 1);
    }
    lab.each(|sample, app| {
        let once = sample.run(&lab.url, app, &[&app.key, "123", &app.key], &[]);
        assert_eq!(once.code, Some(0), "{} {once:?}", sample.file);
        assert!(once.err.contains("error 50 isp.remote-service-error"), "{} {once:?}", sample.file);
        assert!(once.value("team_group_id").starts_with("chat"), "{} {once:?}", sample.file);
        let always = sample.run(&lab.url, app, &[&app.key, "123", "always"], &[]);
        assert_eq!((always.code, always.out.as_str()), (Some(3), ""), "{} {always:?}", sample.file);
    });
    for (sample, codes) in lab.logged() {
        assert_eq!(codes, [50, 0, 50, 50, 50], "{}", sample.file);
    }
}

#[tokio::test]
async fn every_sample_says_so_when_nobody_answers_and_when_it_is_used_wrongly() {
    // A port that was free a moment ago, and is refused now.
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").port()
    };
    let app = App { key: "1".to_owned(), secret: "s".to_owned() };
    for sample in Sample::all() {
        let alone = sample.run(&format!("http://127.0.0.1:{port}/router/rest"), &app, &["1", "2"], &[]);
        assert_eq!((alone.code, alone.out.as_str()), (Some(3), ""), "{} {alone:?}", sample.file);
        assert!(!alone.err.is_empty(), "{}", sample.file);
        let wrong = sample.run("http://127.0.0.1", &app, &["1"], &[]);
        assert_eq!(wrong.code, Some(2), "{} {wrong:?}", sample.file);
        assert!(wrong.err.contains("CASE_ID STAFF_ID"), "{} {wrong:?}", sample.file);
    }
}
