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
fn the_public_address_goes_into_links_and_codes() {
    let layers = Layers::new();
    let file = layers.write("public.toml", "public_url = \"http://file.example\"\n");
    let told = |command: &mut std::process::Command| {
        let said = run(command.args(["demo", "--once", "--json", "--listen", "127.0.0.1:0"]));
        let told = said.objects().remove(0);
        assert_eq!(said.code, 1, "the sample app is refused where links lead elsewhere: {}", said.out);
        told["url"].as_str().expect("a url").to_owned()
    };
    assert_eq!(told(laqun().arg("--config").arg(&file)), "http://file.example");
    let mut over = laqun();
    over.arg("--config").arg(&file).env("LAQUN_PUBLIC_URL", "http://env.example");
    assert_eq!(told(&mut over), "http://env.example");
}

#[test]
fn a_mistake_in_the_settings_is_refused_with_its_place() {
    let layers = Layers::new();
    for (text, says) in [
        ("listen = \"127.0.0.1:0\"\n\n[gateway]\nclok_skew = 3\n", ["line 4", "clok_skew"]),
        ("lisen = \"127.0.0.1:0\"\n", ["line 1", "lisen"]),
        ("[gateway]\nclock_skew = \"soon\"\n", ["line 2", "clock_skew"]),
        ("data = \n", ["line 1", "wrong.toml"]),
        ("[channel]\npending = \"maybe\"\n", ["channel.pending", "202"]),
    ] {
        let file = layers.write("wrong.toml", text);
        for command in ["tenant list", "serve", "demo --once"] {
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
