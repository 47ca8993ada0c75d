//! Signed calls.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use top::{Output, SignMethod, client};

use super::{APP_KEY, METHOD, SECRET};

/// Calls a server as an SDK would.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) app_key: String,
    pub(crate) secret: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Caller {
    pub(crate) fn new(url: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { http, url: url.to_owned(), app_key: APP_KEY.into(), secret: SECRET.into() }
    }

    /// 客服一键拉群 with this request object, in JSON.
    pub(crate) async fn communicate(&self, object: &Value) -> Answer {
        self.method(METHOD, &[("service_communication_request", &object.to_string())], Output::JSON).await
    }

    /// Any method.
    pub(crate) async fn method(&self, method: &str, params: &[(&str, &str)], output: Output) -> Answer {
        self.try_method(method, params, output).await.expect("the server answers")
    }

    /// Any method; the error is a connection that failed.
    pub(crate) async fn try_method(
        &self,
        method: &str,
        params: &[(&str, &str)],
        output: Output,
    ) -> Result<Answer, reqwest::Error> {
        let mut call = client::Call::new(&self.app_key, &self.secret, method, now_ms())
            .sign_method(SignMethod::HmacSha256)
            .output(output);
        for (name, value) in params {
            call = call.param(*name, *value);
        }
        self.send("POST", "/router/rest", &call.sign()).await
    }

    /// A signed request as it is.
    pub(crate) async fn send(
        &self,
        verb: &str,
        path: &str,
        signed: &client::Signed,
    ) -> Result<Answer, reqwest::Error> {
        let verb = reqwest::Method::from_bytes(verb.as_bytes()).expect("a verb");
        let request = self
            .http
            .request(verb, format!("{}{path}?{}", self.url, signed.query))
            .header("content-type", signed.content_type)
            .body(signed.body.clone());
        Answer::read(request.send().await?).await
    }
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let status = response.status().as_u16();
        let header = response.headers().get("content-type");
        let content_type = header.and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        Ok(Self { status, content_type, body: response.text().await? })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// `result` of a successful 客服一键拉群.
    pub(crate) fn result(&self) -> Value {
        let result = self.json()["alibaba_lyservice_group_group_communication_response"]["result"].clone();
        assert!(result.is_object(), "not a success: {}", self.body);
        result
    }

    /// `result.data` of a successful 客服一键拉群.
    pub(crate) fn data(&self) -> Value {
        self.result()["data"].clone()
    }

    /// `error_response`.
    pub(crate) fn fault(&self) -> Value {
        let fault = self.json()["error_response"].clone();
        assert!(fault.is_object(), "not a fault: {}", self.body);
        fault
    }

    /// `group_link`'s sign-in ticket.
    pub(crate) fn sign_in_ticket(&self) -> String {
        let link = self.data()["group_link"].as_str().expect("a link").to_owned();
        link.split_once("&st=").expect("a sign-in ticket").1.to_owned()
    }

    /// `group_link` without its sign-in ticket: what "equal answers" compares.
    pub(crate) fn permanent_link(&self) -> String {
        let link = self.data()["group_link"].as_str().expect("a link").to_owned();
        link.split_once("&st=").expect("a sign-in ticket").0.to_owned()
    }
}

/// The system's clock, milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "tests sign with the real time")]
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("before the year 292278994")
}
