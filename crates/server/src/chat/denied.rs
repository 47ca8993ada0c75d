//! What the conversation refuses, as an HTTP answer.

use http::StatusCode;

use super::Refused;
use crate::domain::conversation::{Denied, Error};

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        match denied.code() {
            "closed" => return Self::CLOSED,
            "dissolved" => return Self::DISSOLVED,
            "not_ready" => return Self::NOT_READY,
            "removed" => return Self::REMOVED,
            _ => {}
        }
        let status = match denied {
            Denied::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Denied::NotFound | Denied::QuoteNotFound | Denied::FileNotFound => StatusCode::NOT_FOUND,
            Denied::NotYours => StatusCode::FORBIDDEN,
            Denied::ClientId | Denied::TooLate | Denied::QuoteKind => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::said(status, denied.code(), denied.zh().into_owned(), denied.en().into_owned())
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(denied) => denied.into(),
            Error::Failed(error) => error.into(),
        }
    }
}

impl Refused {
    /// Somebody sends or asks too much: worth trying again after so many seconds.
    pub(super) fn flood(seconds: u32) -> Self {
        Self::said(
            StatusCode::TOO_MANY_REQUESTS,
            "flood",
            format!("操作太快了，请 {seconds} 秒后再试"),
            format!("That is too fast: try again in {seconds} s"),
        )
        .after(seconds)
    }
}
