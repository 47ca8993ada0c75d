//! What the chat's addresses answer: JSON, and refusals in both languages.

use std::borrow::Cow;

use axum::{
    Json,
    extract::{FromRequest, Request, rejection::JsonRejection},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::domain::{self, Refusal};

/// Why there is no better answer: a code for the page's script, words for people, a fitting HTTP status.
#[derive(Debug, Clone)]
pub struct Refused {
    status: StatusCode,
    code: &'static str,
    zh: Cow<'static, str>,
    en: Cow<'static, str>,
    /// Seconds.
    retry_after: Option<u32>,
    more: Option<Box<Value>>,
}

impl Refused {
    /// A refusal with fixed words.
    pub const fn new(status: StatusCode, code: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { status, code, zh: Cow::Borrowed(zh), en: Cow::Borrowed(en), retry_after: None, more: None }
    }

    /// One whose words say more than a constant can.
    pub fn said(status: StatusCode, code: &'static str, zh: String, en: String) -> Self {
        Self { zh: zh.into(), en: en.into(), ..Self::new(status, code, "", "") }
    }

    /// A value of the request that is refused: 400 `invalid`.
    pub fn invalid(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { zh: zh.into(), en: en.into(), ..Self::new(StatusCode::BAD_REQUEST, "invalid", "", "") }
    }

    /// The same, worth trying again after so many seconds.
    #[must_use]
    pub const fn after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same with further members, a JSON object.
    #[must_use]
    pub fn with(mut self, more: Value) -> Self {
        self.more = Some(Box::new(more));
        self
    }

    /// The code.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// Nobody is signed in.
    pub const NOT_SIGNED_IN: Self = Self::new(
        StatusCode::UNAUTHORIZED,
        "not_signed_in",
        "登录已过期，请在工单里重新点击一键拉群",
        "You are not signed in: click 一键拉群 in the ticket again",
    );
    /// The device has not joined.
    pub const NOT_JOINED: Self = Self::new(
        StatusCode::UNAUTHORIZED,
        "not_joined",
        "还没有加入这个群",
        "You have not joined this group",
    );
    /// The person was removed from the group.
    pub const REMOVED: Self =
        Self::new(StatusCode::FORBIDDEN, "removed", "你已被移出这个群", "You were removed from this group");
    /// Unknown, foreign, none of the person's business: the same for all.
    pub const NOT_FOUND: Self =
        Self::new(StatusCode::NOT_FOUND, "not_found", "没有找到", "There is nothing here");
    /// The browser's cookie is another person's than the page was opened for.
    pub const OTHER_PERSON: Self = Self::new(
        StatusCode::CONFLICT,
        "other_person",
        "这个浏览器里已换了另一个人登录，请重新打开页面",
        "Somebody else has signed in in this browser: open the page anew",
    );
    /// The request comes from another site's page.
    pub const FOREIGN: Self = Self::new(
        StatusCode::FORBIDDEN,
        "foreign",
        "请从群链接打开的页面操作",
        "Use the page that the group link opens",
    );
    /// The link was replaced by a new one.
    pub const RENEWED: Self = Self::new(
        StatusCode::GONE,
        "renewed",
        "这个链接已换新，请向客服要新的二维码",
        "This link was replaced: ask for the new QR code",
    );
    /// The group is over for good.
    pub const DISSOLVED: Self =
        Self::new(StatusCode::GONE, "dissolved", "这个群已解散", "This group was dissolved");
    /// The group is closed.
    pub const CLOSED: Self = Self::new(
        StatusCode::CONFLICT,
        "closed",
        "这个群已结束，可以重新打开",
        "This group is closed; it can be reopened",
    );
    /// The platform has not made the group yet.
    pub const NOT_READY: Self = Self::new(
        StatusCode::CONFLICT,
        "not_ready",
        "群正在创建，请稍候",
        "The group is still being made, wait a moment",
    )
    .after(2);
    /// There is room for nobody more.
    pub const FULL: Self =
        Self::new(StatusCode::CONFLICT, "full", "群成员已满 500 人", "The group has its 500 members");
    /// Only staff may do this.
    pub const STAFF_ONLY: Self =
        Self::new(StatusCode::FORBIDDEN, "staff_only", "只有客服可以这样做", "Only staff can do this");
    /// The database is slow, full or away.
    const BUSY: Self = Self::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "busy",
        "服务暂时繁忙，请稍后再试",
        "The service is busy, try again in a moment",
    )
    .after(2);
    /// What nobody who asks can do anything about.
    pub const FAILED: Self = Self::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "failed",
        "服务出错了，请稍后再试",
        "Something went wrong, try again later",
    );
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut body = self.more.map_or_else(|| json!({}), |more| *more);
        body["code"] = json!(self.code);
        body["zh"] = json!(self.zh);
        body["en"] = json!(self.en);
        if let Some(seconds) = self.retry_after {
            body["retry_after"] = json!(seconds);
        }
        let mut response = answer(self.status, &body);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<domain::Error> for Refused {
    fn from(error: domain::Error) -> Self {
        match error {
            domain::Error::Refused(refusal) => refusal.into(),
            domain::Error::Stale => Self::BUSY,
            domain::Error::Store(error) => error.into(),
            domain::Error::Secret(_) => {
                tracing::error!(%error, "a chat request failed");
                Self::FAILED
            }
        }
    }
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        tracing::error!(%error, "a chat request failed");
        if error.is_retryable() || error.is_storage() { Self::BUSY } else { Self::FAILED }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing { zh, en, .. } => Self::invalid(zh, en),
            Refusal::Invalid { zh, en, .. } => Self::invalid(zh, en),
            Refusal::WrongState { state: "dissolved", .. } => Self::DISSOLVED,
            Refusal::WrongState { state: "reserved" | "creating" | "failed", .. } => Self::NOT_READY,
            Refusal::WrongState { state: "closing" | "sealed" | "archived", .. } => Self::CLOSED,
            Refusal::WrongState { .. } => {
                Self::new(StatusCode::CONFLICT, "open", "这个群是打开的", "The group is open")
            }
            Refusal::Removed => Self::REMOVED,
            Refusal::Full => Self::FULL,
            Refusal::NotAsked => Self::new(
                StatusCode::CONFLICT,
                "not_asked",
                "服务结束后再评价",
                "Rate the help once it has ended",
            ),
            Refusal::Owner => Self::new(
                StatusCode::CONFLICT,
                "owner",
                "群主不能移出，请先把群移交给别人",
                "The owner cannot be removed: hand the group over first",
            ),
            Refusal::StaffNotExist => Self::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "没有这位同事，或已离职",
                "There is no such colleague, or not any more",
            ),
            Refusal::TenantNotExist
            | Refusal::CaseNotExist
            | Refusal::GroupNotExist
            | Refusal::ChannelNotExist
            | Refusal::NoChannel => Self::NOT_FOUND,
            Refusal::Exists(what) => Self::said(
                StatusCode::CONFLICT,
                "exists",
                format!("{what} 已存在"),
                format!("{what} exists already"),
            ),
        }
    }
}

/// A JSON answer that nobody keeps.
pub fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (status, headers, Json(body)).into_response()
}

/// 200 with a JSON body.
pub fn ok(body: &Value) -> Response {
    answer(StatusCode::OK, body)
}

/// The JSON body of a request. Unknown members are ignored; the type `application/json` is asked for, which no form of
/// another site can send.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(JsonRejection::JsonDataError(error)) => {
                // Which member is wrong stands behind the first colon.
                let text = error.body_text();
                let what = text.split_once(": ").map_or(text.as_str(), |(_, what)| what).to_owned();
                Err(Refused::said(
                    StatusCode::BAD_REQUEST,
                    "invalid",
                    format!("请求内容不对：{what}"),
                    format!("The request is not as it should be: {what}"),
                ))
            }
            Err(JsonRejection::BytesRejection(error)) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "内容太长", "That is too large"))
            }
            Err(_) => Err(Refused::invalid("请求体须为 JSON", "Send JSON, as application/json")),
        }
    }
}
