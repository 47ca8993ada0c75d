//! The program `laqun`.

fn main() -> std::process::ExitCode {
    laqun::cli::main()
}
