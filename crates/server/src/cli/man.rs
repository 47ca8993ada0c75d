//! `laqun man`.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man as Page;
use serde_json::json;

use super::{Cli, Failure, Global, print};

/// Print laqun's manual page, or write a page for every command.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  laqun man | man -l -\n  laqun man --out /usr/local/share/man/man1")]
pub(super) struct Man {
    /// Where to write the pages laqun.1, laqun-serve.1, laqun-app-add.1, …; without it the first goes to standard output.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self, global: &Global) -> Result<(), Failure> {
        let mut cli = Cli::command();
        cli.build();
        let Some(out) = self.out else {
            print::bytes(&render(&cli, "laqun")?)?;
            return Ok(());
        };
        std::fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
        let mut pages = Vec::new();
        collect(&cli, "laqun", &mut pages)?;
        for (name, page) in &pages {
            let path = out.join(format!("{name}.1"));
            std::fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
        }
        let value = json!({"pages": pages.len(), "out": out.display().to_string()});
        print::done(global.json, &format!("{} pages in {}", pages.len(), out.display()), &value);
        Ok(())
    }
}

/// A page for the command and for each below it; `help` explains itself.
fn collect(command: &Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) -> anyhow::Result<()> {
    pages.push((name.to_owned(), render(command, name)?));
    for below in command.get_subcommands().filter(|below| below.get_name() != "help" && !below.is_hide_set())
    {
        collect(below, &format!("{name}-{}", below.get_name()), pages)?;
    }
    Ok(())
}

fn render(command: &Command, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut page = Vec::new();
    let command = command.clone().display_name(name.to_owned());
    Page::new(command).title(name.to_uppercase()).manual("laqun").render(&mut page)?;
    Ok(page)
}
