//! How long a server took from its start to its first right answer.
//!
//! `bench-first ADDRESS:PORT RECORDS BEGUN`: RECORDS from `bench-sign`, BEGUN in seconds since 1970 with decimals. Sends the
//! first record again and again until it is answered with success, and prints the milliseconds since BEGUN.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};

/// How long a start may take.
const PATIENCE_S: f64 = 120.0;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("usage: bench-first ADDRESS:PORT RECORDS BEGUN");
    let (address, records, begun) = (next()?, next()?, next()?.parse::<f64>()?);
    let text = std::fs::read_to_string(records)?;
    let (length, rest) = text.split_at_checked(8).context("no record")?;
    let record = rest.get(..length.parse()?).context("a record that was cut")?;
    loop {
        let answered = ask(&address, record);
        #[expect(
            clippy::disallowed_methods,
            reason = "a measuring program, beside a shell that told it a time of day"
        )]
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
        match answered {
            Ok(answer) if answer.contains(r#""success":true"#) => {
                writeln!(std::io::stdout(), "{:.1}", (now - begun) * 1000.0)?;
                return Ok(());
            }
            Ok(answer) => bail!("not a success: {answer}"),
            Err(error) if now - begun > PATIENCE_S => bail!("no answer: {error}"),
            Err(_) => std::thread::sleep(Duration::from_micros(500)),
        }
    }
}

fn ask(address: &str, record: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(record.as_bytes())?;
    let mut answer = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while !answer.ends_with(b"}") {
        match stream.read(&mut buffer)? {
            0 => break,
            read => answer.extend_from_slice(&buffer[..read]),
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
