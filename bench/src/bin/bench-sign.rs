//! Writes signed calls of `alibaba.lyservice.group.group.communication` as raw HTTP requests for `replay.lua`.
//!
//! The requests look like the official Java SDK's: system parameters in the query, the business parameter urlencoded
//! in the body. A record is its length as eight decimal digits, then its bytes. With `--parts 2`, `OUT.0` and `OUT.1`
//! take the records in turn, so that two load threads never send the same one.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use top::{SignMethod, apis, client::Call};

/// Write signed requests for the load generator.
#[derive(Parser)]
struct Options {
    /// How many requests
    #[arg(long, default_value_t = 256)]
    count: u64,
    /// Every request asks for a ticket of its own: PREFIX0, PREFIX1, …
    #[arg(long, value_name = "PREFIX", conflicts_with = "case")]
    cold: Option<String>,
    /// Every request asks for this ticket
    #[arg(long, default_value = "123")]
    case: String,
    /// Every request asks, at random, for a ticket that `bench-data fill` made a group of: PREFIX:COUNT. The oldest tenth
    /// is left out (those groups are closed), and the caller is one who is in the group
    #[arg(long, value_name = "PREFIX:COUNT", conflicts_with_all = ["case", "cold"], value_parser = filled)]
    filled: Option<(String, u64)>,
    /// Seconds since 1970 that the requests carry; request N lies N modulo 300 seconds before
    #[arg(long)]
    now: i64,
    /// Digest of the signature: md5, hmac or hmac-sha256
    #[arg(long, default_value = "hmac-sha256")]
    sign_method: String,
    /// Value of the Host header
    #[arg(long)]
    host: String,
    /// `AppKey`
    #[arg(long, default_value = "12345678")]
    app_key: String,
    /// Its secret
    #[arg(long, default_value = "helloworld")]
    secret: String,
    /// Tenant of the ticket
    #[arg(long, default_value_t = 200_110_004)]
    tenant: u64,
    /// Who clicks
    #[arg(long, default_value = "123")]
    staff: String,
    /// Where the click comes from
    #[arg(long, default_value = "111")]
    outer_type: String,
    /// Number of files
    #[arg(long, default_value_t = 1)]
    parts: u64,
    /// File to write; with several parts a prefix
    #[arg(long)]
    out: PathBuf,
}

/// Staff that `bench-data fill` makes; `agent-(N mod STAFF)` is in group N.
const STAFF: u64 = 200;

fn filled(text: &str) -> Result<(String, u64), String> {
    let (prefix, count) = text.rsplit_once(':').ok_or("PREFIX:COUNT")?;
    Ok((prefix.to_owned(), count.parse().map_err(|_| "COUNT is a number")?))
}

/// A number below `end`, not below a tenth of it, by chance (splitmix64): request N of every run asks the same.
fn any(request: u64, end: u64) -> u64 {
    let mut x = request.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    end / 10 + (x ^ (x >> 31)) % (end - end / 10)
}

fn request(options: &Options, method: SignMethod, case: &str, staff: &str, now: i64) -> String {
    let object = format!(
        r#"{{"case_id":"{case}","outer_type":"{}","staff_id":"{staff}","tenant_id":{}}}"#,
        options.outer_type, options.tenant
    );
    let call = Call::new(&options.app_key, &options.secret, apis::GROUP_COMMUNICATION.name, now * 1000)
        .sign_method(method)
        .partner_id("top-sdk-java-dynamicVersionNo")
        .param("service_communication_request", object)
        .sign();
    format!(
        "POST /router/rest?{} HTTP/1.1\r\nHost: {}\r\nAccept: text/xml,text/javascript\r\nUser-Agent: top-sdk-java\r\n\
         Content-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
        call.query,
        options.host,
        call.content_type,
        call.body.len(),
        call.body
    )
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let method =
        SignMethod::from_name(&options.sign_method).context("--sign-method: md5, hmac or hmac-sha256")?;
    let mut files = (0..options.parts)
        .map(|part| {
            let mut path = options.out.clone().into_os_string();
            if options.parts > 1 {
                path.push(format!(".{part}"));
            }
            File::create(path).map(BufWriter::new)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut place = 0;
    for (number, back) in (0..options.count).zip((0..300).cycle()) {
        let (case, staff) = match (&options.cold, &options.filled) {
            (Some(prefix), _) => (format!("{prefix}{number}"), options.staff.clone()),
            (_, Some((prefix, count))) => {
                let group = any(number, *count);
                (format!("{prefix}{group}"), format!("agent-{}", group % STAFF))
            }
            _ => (options.case.clone(), options.staff.clone()),
        };
        let record = request(&options, method, &case, &staff, options.now - back);
        write!(files[place], "{:08}{record}", record.len())?;
        place = (place + 1) % files.len();
    }
    for mut file in files {
        file.flush()?;
    }
    Ok(())
}
