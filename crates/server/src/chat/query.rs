//! Parameters of the conversation's addresses.

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::Deserialize;

use super::Refused;
use crate::domain::conversation::{Denied, Lane, Seat, View};

/// What may stand behind the `?`. Numbers are texts here, so that a wrong one is refused in our words.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    lane: Option<String>,
    before: Option<String>,
    after: Option<String>,
    limit: Option<String>,
    pub(super) q: Option<String>,
    pub(super) format: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let query = Query::<Self>::from_request_parts(parts, state).await;
        let Query(asked) =
            query.map_err(|_| Refused::invalid("参数写法不对", "The parameters cannot be read"))?;
        Ok(asked)
    }
}

impl Asked {
    /// The lane, which must be said.
    pub(super) fn lane(&self) -> Result<Lane, Refused> {
        lane(self.lane.as_deref())
    }
    /// The lane, if one is said.
    pub(super) fn any_lane(&self) -> Result<Option<Lane>, Refused> {
        self.lane.as_deref().map(|word| lane(Some(word))).transpose()
    }

    /// The view of the lane, which must be said, and be one that this person may see.
    pub(super) fn view(&self, seat: &Seat) -> Result<View, Refused> {
        Ok(seat.view(self.lane()?).ok_or(Denied::Lane)?)
    }

    pub(super) fn before(&self) -> Result<Option<i64>, Refused> {
        number("before", self.before.as_deref())
    }

    pub(super) fn after(&self) -> Result<Option<i64>, Refused> {
        number("after", self.after.as_deref())
    }

    pub(super) fn limit(&self) -> Result<Option<i64>, Refused> {
        number("limit", self.limit.as_deref())
    }
}

/// A lane by its word.
pub(super) fn lane(word: Option<&str>) -> Result<Lane, Refused> {
    Ok(word.and_then(Lane::from_word).ok_or(Denied::Lane)?)
}

fn number(name: &str, text: Option<&str>) -> Result<Option<i64>, Refused> {
    let number = text.map(str::parse).transpose().ok().filter(|n: &Option<i64>| n.is_none_or(|n| n >= 0));
    number.ok_or_else(|| {
        Refused::invalid(
            format!("{name} 须为不小于 0 的整数"),
            format!("{name} is a whole number, 0 or more"),
        )
    })
}
