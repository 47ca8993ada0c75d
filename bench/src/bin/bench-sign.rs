//! Writes signed calls of `alibaba.lyservice.group.group.communication` as raw HTTP requests for `replay.lua`.
//!
//! The requests look like the official Java SDK's: system parameters in the query, the business parameter urlencoded
//! in the body. A record is its length as eight decimal digits, then its bytes. With `--parts 2`, `OUT.0` and `OUT.1`
//! take the records in turn, so that two load threads never send the same one.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{Timestamp, tz};
use md5::{Digest, Md5};
use sha2::Sha256;

#[derive(Clone, Copy, ValueEnum)]
enum SignMethod {
    Md5,
    Hmac,
    HmacSha256,
}

impl SignMethod {
    const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Hmac => "hmac",
            Self::HmacSha256 => "hmac-sha256",
        }
    }

    fn sign(self, secret: &[u8], base: &[u8]) -> anyhow::Result<String> {
        Ok(match self {
            Self::Md5 => {
                upper_hex(&Md5::new().chain_update(secret).chain_update(base).chain_update(secret).finalize())
            }
            Self::Hmac => {
                upper_hex(&Hmac::<Md5>::new_from_slice(secret)?.chain_update(base).finalize().into_bytes())
            }
            Self::HmacSha256 => {
                upper_hex(&Hmac::<Sha256>::new_from_slice(secret)?.chain_update(base).finalize().into_bytes())
            }
        })
    }
}

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
    /// Seconds since 1970 that the requests carry; the first 300 of them go back in time a second each
    #[arg(long)]
    now: i64,
    /// Digest of the signature
    #[arg(long, value_enum, default_value = "hmac-sha256")]
    sign_method: SignMethod,
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

fn upper_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// `java.net.URLEncoder`.
fn url_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

fn request(options: &Options, case: &str, timestamp: &str) -> anyhow::Result<String> {
    const BUSINESS: &str = "service_communication_request";
    let object = format!(
        r#"{{"case_id":"{case}","outer_type":"{}","staff_id":"{}","tenant_id":{}}}"#,
        options.outer_type, options.staff, options.tenant
    );
    let mut system = vec![
        ("app_key", options.app_key.as_str()),
        ("method", "alibaba.lyservice.group.group.communication"),
        ("v", "2.0"),
        ("timestamp", timestamp),
        ("partner_id", "top-sdk-java-dynamicVersionNo"),
        ("format", "json"),
        ("sign_method", options.sign_method.name()),
    ];
    let mut sorted = system.clone();
    sorted.push((BUSINESS, &object));
    sorted.sort_unstable();
    let base: String = sorted.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let sign = options.sign_method.sign(options.secret.as_bytes(), base.as_bytes())?;
    system.push(("sign", &sign));

    let mut path = String::from("/router/rest");
    for (index, (name, value)) in system.iter().enumerate() {
        path.push(if index == 0 { '?' } else { '&' });
        path.push_str(name);
        path.push('=');
        url_encode(value, &mut path);
    }
    let mut body = format!("{BUSINESS}=");
    url_encode(&object, &mut body);
    Ok(format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/xml,text/javascript\r\nUser-Agent: top-sdk-java\r\n\
         Content-Type: application/x-www-form-urlencoded;charset=UTF-8\r\nContent-Length: {}\r\n\r\n{body}",
        options.host,
        body.len()
    ))
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let zone = tz::offset(8).to_time_zone();
    let timestamps = (0..300)
        .map(|back| {
            let at = Timestamp::from_second(options.now - back)?.to_zoned_datetime(zone.clone());
            Ok(at.strftime("%Y-%m-%d %H:%M:%S").to_string())
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
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
    for (number, timestamp) in (0..options.count).zip(timestamps.iter().cycle()) {
        let record = match &options.cold {
            Some(prefix) => request(&options, &format!("{prefix}{number}"), timestamp)?,
            None => request(&options, &options.case, timestamp)?,
        };
        write!(files[place], "{:08}{record}", record.len())?;
        place = (place + 1) % files.len();
    }
    for mut file in files {
        file.flush()?;
    }
    Ok(())
}
