//! Settings: file < environment < flag.

use std::path::{Path, PathBuf};

use super::run;
use crate::harness::laqun;

/// A folder with three data folders in it, each with a tenant of its own, and a file that names the first.
struct Layers {
    folder: tempfile::TempDir,
}

impl Layers {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let layers = Self { folder };
        for (tenant, name) in [("1", "file"), ("2", "environment"), ("3", "flag")] {
            let data = layers.data(name);
            let said = run(laqun().args(["tenant", "add", tenant, "--name", name, "--data"]).arg(data));
            assert_eq!(said.code, 0, "{}", said.err);
        }
        layers.write("laqun.toml", &format!("data = '{}'\n", layers.data("file").display()));
        layers
    }

    fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }
}

/// The name of the only tenant that a command sees.
fn seen(command: &mut std::process::Command) -> String {
    let said = run(command.args(["tenant", "list", "--json"]));
    let rows = said.objects();
    assert_eq!((said.code, rows.len()), (0, 1), "{} {}", said.out, said.err);
    rows[0]["name"].as_str().expect("a name").to_owned()
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let layers = Layers::new();
    let file = layers.data("laqun.toml");
    assert_eq!(seen(laqun().arg("--config").arg(&file)), "file");
    assert_eq!(
        seen(laqun().current_dir(layers.folder.path())),
        "file",
        "./laqun.toml is taken if it is there"
    );
    let environment = layers.data("environment");
    assert_eq!(seen(laqun().arg("--config").arg(&file).env("LAQUN_DATA", &environment)), "environment");
    let mut all = laqun();
    all.arg("--config").arg(&file).env("LAQUN_DATA", &environment).arg("--data").arg(layers.data("flag"));
    assert_eq!(seen(&mut all), "flag");

    let other = layers.write("other.toml", &format!("data = '{}'\n", layers.data("flag").display()));
    let mut named = laqun();
    named.current_dir(layers.folder.path()).arg("--config").arg(other);
    assert_eq!(seen(&mut named), "flag", "--config replaces ./laqun.toml");
}

#[test]
fn the_public_address_goes_into_links() {
    let layers = Layers::new();
    let file = layers.write("public.toml", "public_url = \"http://FILE.example:80\"\n");
    let data = layers.data("sample");
    let mut demo = laqun();
    demo.args(["demo", "--once", "--json", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
    let group = run(&mut demo).objects().remove(0)["team_group_id"].as_str().expect("an id").to_owned();
    let link = |command: &mut std::process::Command| {
        let said = run(command.args(["staff", "link", "123", &group, "--data"]).arg(&data));
        assert_eq!(said.code, 0, "{}", said.err);
        said.out
    };
    let told = link(laqun().arg("--config").arg(&file));
    assert!(told.starts_with("http://file.example/"), "{told}");
    let mut over = laqun();
    over.arg("--config").arg(&file).env("LAQUN_PUBLIC_URL", "http://env.example");
    assert!(link(&mut over).starts_with("http://env.example/"));
}

#[test]
fn a_demo_is_on_the_embedded_defaults_whatever_stands_beside_it() {
    let layers = Layers::new();
    layers.write(
        "laqun.toml",
        "public_url = 'https://real.example'\ndatabase_url = 'postgres://real.example/real'\n\
         master_key_file = '/nowhere/key'\ndata = '/nowhere/data'\n[log]\nlevel = 'off'\n",
    );
    let mut demo = laqun();
    demo.args(["demo", "--once", "--json", "--listen", "127.0.0.1:0"]).current_dir(layers.folder.path());
    demo.env_remove("LAQUN_LOG_LEVEL").env("LAQUN_MASTER_KEY_FILE", "/nowhere/key");
    demo.env("LAQUN_PUBLIC_URL", "https://env.example")
        .env("LAQUN_DATABASE_URL", "postgres://env.example/real");
    let said = run(&mut demo);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    let told = said.objects().remove(0);
    assert!(told["url"].as_str().expect("a url").starts_with("http://127.0.0.1:"), "{told}");

    let mut told_otherwise = laqun();
    told_otherwise.args(["demo", "--once", "--json", "--listen", "127.0.0.1:0"]);
    let said = run(told_otherwise.args(["--public-url", "http://LOCALHOST:80"]));
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.objects()[0]["url"], "http://localhost", "a flag counts");
}

#[test]
fn a_mistake_beside_a_password_does_not_show_it() {
    let layers = Layers::new();
    let file = layers.write("secret.toml", "database_url = postgres://laqun:topsecret@db/laqun\n");
    let said = run(laqun().args(["tenant", "list", "--config"]).arg(file));
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("line 1") && said.err.contains("database_url"), "{}", said.err);
    assert!(!said.err.contains("topsecret"), "{}", said.err);
}

#[test]
fn a_mistake_in_the_settings_is_refused_with_its_place() {
    let layers = Layers::new();
    for (text, says) in [
        (
            "listen = \"127.0.0.1:0\"\n\n[gateway]\nclok_skew = 3\n",
            ["line 4, column 1", "did you mean `clock_skew`?"],
        ),
        ("lisen = \"127.0.0.1:0\"\n", ["line 1, column 1", "did you mean `listen`?"]),
        ("[gateway]\nclock_skew = \"soon\"\n", ["line 2, column 14", "whole number of seconds"]),
        ("data = \n", ["line 1", "wrong.toml"]),
        ("[channel]\npending = \"maybe\"\n", ["channel.pending", "202"]),
    ] {
        let file = layers.write("wrong.toml", text);
        for command in ["tenant list", "serve", "demo --once", "config check", "config show"] {
            let said = run(laqun().args(command.split_whitespace()).arg("--config").arg(&file));
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{command} with {text}: {}", said.err);
            for word in says {
                assert!(said.err.contains(word), "{word}, {text}: {}", said.err);
            }
        }
    }
    let said = run(laqun().args(["tenant", "list"]).env("LAQUN_GATEWAY_CLOCK_SKEW", "soon"));
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("LAQUN_GATEWAY_CLOCK_SKEW"), "{}", said.err);
    let missing = run(laqun().args(["tenant", "list", "--config", "/nowhere/laqun.toml"]));
    assert_eq!(missing.code, 2, "{}", missing.err);
    assert!(missing.err.contains("/nowhere/laqun.toml"), "{}", missing.err);
    assert!(!Path::new("/data").exists() || !Path::new("/data/laqun.db").exists());
}

#[test]
fn all_mistakes_of_file_environment_and_flags_are_told_at_once() {
    let layers = Layers::new();
    let text = "lisen = \"x\"\n[gateway]\nclock_skew = -1\nclock_skew = 3\n[channel]\npending = 200\n[log]\nformat = text\n";
    let file = layers.write("wrong.toml", text);
    let command = || {
        let mut command = laqun();
        command.arg("--config").arg(&file).env("LAQUN_CHANNEL_PATIENCE", "long");
        command
    };
    let said = run(command().args(["serve", "--listen", "7700", "--log-level", "inof"]));
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
    let lines: Vec<_> = said.err.lines().collect();
    assert_eq!(lines[0], "laqun: the configuration has 8 mistakes:", "{}", said.err);
    for (line, says) in lines[1..].iter().zip([
        "line 1, column 1: `lisen` is no setting; did you mean `listen`?",
        "line 3, column 14: gateway.clock_skew must be a whole number of seconds, from 0 to",
        "line 4, column 1: clock_skew: duplicate key",
        "line 6, column 11: channel.pending must be \"200\", \"202\" or \"error\"; this is 200",
        "line 8, column 10: format: ",
        "LAQUN_CHANNEL_PATIENCE: channel.patience must be seconds",
        "--listen: listen must be an address with a port",
        "--log-level: log.level must be off, error,",
    ]) {
        assert!(line.contains(says), "{says}\n{line}");
    }
    // For scripts, one object each.
    let said = run(command().args(["config", "check", "--json"]));
    let told = said.objects();
    assert_eq!((said.code, told.len()), (2, 6), "{}", said.out);
    assert_eq!((&told[1]["line"], &told[1]["column"]), (&3.into(), &14.into()));
    assert_eq!(told[1]["setting"], "gateway.clock_skew");
    assert_eq!(told[5]["source"], "LAQUN_CHANNEL_PATIENCE");
}

#[test]
fn a_right_file_is_said_to_be_right_and_what_counts_is_shown_with_its_source() {
    let layers = Layers::new();
    let file = layers.write(
        "right.toml",
        "database_url = \"postgres://laqun:topsecret@db/laqun\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n",
    );
    let said = run(laqun().args(["config", "check"]).arg(&file));
    assert_eq!((said.code, said.out), (0, format!("{}: no mistakes\n", file.display())), "{}", said.err);

    let mut show = laqun();
    show.args(["config", "show", "--json", "--data", "/somewhere", "--config"]).arg(&file);
    let said = run(show.env("LAQUN_GATEWAY_CLOCK_SKEW", "9007199254740992").env_remove("LAQUN_OPS_LISTEN"));
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.out.contains("topsecret"), "{}", said.out);
    let rows = said.objects();
    let row = |setting: &str| rows.iter().find(|row| row["setting"] == setting).expect("a row").clone();
    let in_file = |column: usize, line: usize| format!("{}, line {line}, column {column}", file.display());
    for (setting, value, source) in [
        ("listen", serde_json::json!("127.0.0.1:7700"), "default"),
        ("ops_listen", "127.0.0.1:7701".into(), "default"),
        ("data", "/somewhere".into(), "--data"),
        ("public_url", serde_json::Value::Null, "default"),
        ("database_url", "(set, not shown)".into(), &in_file(16, 1)),
        ("trusted_proxies", serde_json::json!(["10.0.0.0/8"]), &in_file(19, 2)),
        ("gateway.clock_skew", 9_007_199_254_740_992_u64.into(), "LAQUN_GATEWAY_CLOCK_SKEW"),
        ("log.level", "info".into(), "LAQUN_LOG_LEVEL"),
    ] {
        assert_eq!((&row(setting)["value"], &row(setting)["source"]), (&value, &source.into()), "{setting}");
    }
    assert_eq!(
        (&row("listen")["change"], &row("log.level")["change"]),
        (&"restart".into(), &"reload".into())
    );
    let people = run(laqun().args(["config", "show", "--config"]).arg(&file));
    assert!(people.out.contains("gateway.clock_skew") && !people.out.contains("topsecret"), "{}", people.out);
}

#[test]
fn a_variable_that_is_nearly_a_setting_is_doubted() {
    let layers = Layers::new();
    let file = layers.write("empty.toml", "");
    let said = run(laqun().args(["config", "check"]).arg(&file).env("LAQUN_PUBLIC_URI", "http://x"));
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("LAQUN_PUBLIC_URI is no setting; did you mean LAQUN_PUBLIC_URL?"),
        "{}",
        said.out
    );
}
