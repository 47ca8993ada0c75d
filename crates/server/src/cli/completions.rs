//! `laqun completions`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Failure, print};

/// Print what makes a shell complete laqun's commands.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  laqun completions bash > /etc/bash_completion.d/laqun\n  \
    laqun completions zsh > \"${fpath[1]}/_laqun\"\n  laqun completions fish > ~/.config/fish/completions/laqun.fish")]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "laqun", &mut script);
        print::bytes(&script)?;
        Ok(())
    }
}
