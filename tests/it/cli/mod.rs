//! The command line, as an operator and as a script use it.

mod absent;
mod call;
mod demo;
mod help;
mod nouns;
mod settings;

use std::{
    net::{Ipv4Addr, TcpListener},
    process::{Command, Output},
};

use serde_json::Value;

/// What a command that ran to its end said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// The lines of the output, each of which must be a JSON object.
    fn objects(&self) -> Vec<Value> {
        let object = |line: &str| -> Value {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            assert!(value.is_object(), "{line}");
            value
        };
        self.out.lines().map(object).collect()
    }
}

fn run(command: &mut Command) -> Said {
    Said::of(command.output().expect("the program runs"))
}

/// A port on which nobody listens.
fn closed_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
