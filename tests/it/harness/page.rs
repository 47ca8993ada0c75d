//! A page that is open in a group: a member of staff by session, or a visitor by device.

use http::Method;
use serde_json::{Value, json};

use super::{Answer, Caller, Server};

/// One browser in one group.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) http: reqwest::Client,
    /// The server's address and the base of the member's addresses.
    pub(crate) url: String,
    pub(crate) base: String,
    /// `name=value`, once signed in or joined.
    pub(crate) cookie: Option<String>,
    /// More headers of every request.
    pub(crate) headers: Vec<(String, String)>,
}

impl Page {
    /// A visitor's browser that has opened the link (`…/g/{token}`) and not joined.
    pub(crate) fn visitor(server: &Server, link: &str) -> Self {
        let token = link.rsplit('/').next().expect("a token");
        Self::new(server, format!("/g/{token}"), None)
    }

    fn new(server: &Server, base: String, cookie: Option<String>) -> Self {
        let http = Caller::new(&server.url).http;
        Self { http, url: server.url.clone(), base, cookie, headers: Vec::new() }
    }

    /// A visitor's browser that has joined with the default answers.
    pub(crate) async fn joined(server: &Server, link: &str) -> Self {
        let mut page = Self::visitor(server, link);
        let answer = page.join(&json!({"consent": true})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        page
    }

    /// The browser of whoever clicked: redeems the ticket of the answer's `group_link`.
    pub(crate) async fn staff(server: &Server, answer: &Answer) -> Self {
        let link = answer.data()["group_link"].as_str().expect("a link").to_owned();
        let group = link.split_once("openConversationId=").expect("an id").1;
        let group = group.split(['&', '#']).next().expect("an id").to_owned();
        let mut page = Self::new(server, format!("/customer-service/groups/{group}"), None);
        let url = format!("{}/customer-service/session", server.url);
        let body = json!({"st": answer.sign_in_ticket()}).to_string();
        let request = page.http.post(url).header("content-type", "application/json").body(body);
        let response = request.send().await.expect("an answer");
        page.keep_cookie(&response);
        assert_eq!(response.status(), 200);
        page
    }

    /// Joins as the page does, and keeps the cookie.
    pub(crate) async fn join(&mut self, body: &Value) -> Answer {
        let response = self.request(Method::POST, "/join", Some(body)).send().await.expect("an answer");
        self.keep_cookie(&response);
        Answer::read(response).await.expect("an answer")
    }

    fn keep_cookie(&mut self, response: &reqwest::Response) {
        let cookies = response.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok());
        let ours = cookies.map(|c| c.split(';').next().unwrap_or(c)).find(|c| !c.starts_with("lq_lang="));
        if let Some(ours) = ours {
            self.cookie = Some(ours.to_owned());
        }
    }

    /// A request below the base (`/state`), or of any address of the server if it begins with `//`.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::RequestBuilder {
        let url = match path.strip_prefix('/') {
            Some(whole) if whole.starts_with('/') => format!("{}{whole}", self.url),
            _ => format!("{}{}{path}", self.url, self.base),
        };
        let mut request = self.http.request(method, url);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        request
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let response = self.request(method, path, body).send().await.expect("the server answers");
        Answer::read(response).await.expect("the server answers")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// The state, which must be given.
    pub(crate) async fn state(&self) -> Value {
        let answer = self.get("/state").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }
}
