//! `laqun call`: a signed TOP call from the command line.

use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;
use top::{Format, Output, SignMethod, client};

use super::{Failure, Global, print};
use crate::app::clock::Clock;

/// Call any method of a TOP gateway, signed.
///
/// Example: laqun call alibaba.lyservice.group.group.communication
/// 'service_communication_request={"case_id":"123","staff_id":"123","outer_type":"111"}'
#[derive(Debug, Args)]
pub(super) struct Call {
    /// The method, such as taobao.time.get.
    method: String,
    /// Parameters of the method: name=value, objects as JSON text.
    #[arg(value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,
    /// The gateway's base address.
    #[arg(long, default_value = "http://127.0.0.1:7700")]
    url: String,
    /// The AppKey.
    #[arg(long, env = "LAQUN_APP_KEY", default_value = super::demo::APP_KEY)]
    app_key: String,
    /// The app's secret.
    #[arg(long, env = "LAQUN_APP_SECRET", default_value = super::demo::SECRET, hide_env_values = true)]
    secret: String,
    /// How to sign.
    #[arg(long, value_enum, default_value = "hmac-sha256")]
    sign_method: Sign,
    /// The answer's format.
    #[arg(long, value_enum, default_value = "json")]
    format: Shape,
    /// Ask for JSON without wrappers.
    #[arg(long)]
    simplify: bool,
    /// A session key, for methods that want one.
    #[arg(long)]
    session: Option<String>,
    /// Show what is signed and sent before the answer.
    #[arg(long)]
    explain: bool,
    /// How long to wait for the answer, seconds.
    #[arg(long, default_value_t = 30)]
    timeout: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Sign {
    Md5,
    Hmac,
    #[value(name = "hmac-sha256")]
    HmacSha256,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shape {
    Json,
    Xml,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Call {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let signed = self.sign();
        let url = format!("{}/router/rest?{}", self.url.trim_end_matches('/'), signed.query);
        if self.explain {
            explain(global.json, &url, &signed);
        }
        let body = send(&url, &signed, Duration::from_secs(self.timeout)).await?;
        print::text(&body);
        match client::read_answer(body.as_bytes()) {
            Ok(answer) if answer.outcome.is_ok() => Ok(()),
            Ok(_) => Err(Failure::Said),
            Err(error) => Err(Failure::Unreachable(anyhow::anyhow!("this is no TOP answer: {error}"))),
        }
    }

    fn sign(&self) -> client::Signed {
        let format = match self.format {
            Shape::Json => Format::Json,
            Shape::Xml => Format::Xml,
        };
        let method = match self.sign_method {
            Sign::Md5 => SignMethod::Md5,
            Sign::Hmac => SignMethod::Hmac,
            Sign::HmacSha256 => SignMethod::HmacSha256,
        };
        let mut call = client::Call::new(&self.app_key, &self.secret, &self.method, Clock::System.now_ms())
            .sign_method(method)
            .output(Output { format, simplify: self.simplify })
            .partner_id("laqun-call");
        if let Some(session) = &self.session {
            call = call.session(session);
        }
        for (name, value) in &self.parameters {
            call = call.param(name, value);
        }
        call.sign()
    }
}

fn explain(json: bool, url: &str, signed: &client::Signed) {
    if json {
        print::text(
            &json!({"url": url, "body": signed.body, "base_string": signed.base_string, "sign": signed.sign})
                .to_string(),
        );
        return;
    }
    print::text(&format!(
        "base string: {}\nsign:        {}\nPOST {url}\nContent-Type: {}\n\n{}\n",
        signed.base_string, signed.sign, signed.content_type, signed.body
    ));
}

/// Sends a signed call and gives the body of the answer, whatever it says.
pub(super) async fn send(url: &str, signed: &client::Signed, timeout: Duration) -> Result<String, Failure> {
    let unreachable = |error: reqwest::Error| {
        Failure::Unreachable(
            anyhow::Error::new(error).context("the gateway does not answer; is `laqun serve` running there?"),
        )
    };
    let http = crate::client::client(timeout)?;
    let request = http.post(url).header("content-type", signed.content_type).body(signed.body.clone());
    let answer = request.send().await.map_err(unreachable)?;
    answer.text().await.map_err(unreachable)
}
