//! PostgreSQL's errors in our words.

use std::fmt;
use std::sync::Arc;

use fallible_iterator::FallibleIterator as _;
use postgres_protocol::message::backend::ErrorFields;

use super::address;
use crate::{Error, SqlCause};

/// What the server said.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: String,
    message: String,
    detail: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)?;
        self.detail.as_ref().map_or(Ok(()), |detail| write!(f, ": {detail}"))
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    pub(super) fn read(mut fields: ErrorFields<'_>) -> Self {
        let mut refusal = Self { code: String::new(), message: String::new(), detail: None };
        while let Ok(Some(field)) = fields.next() {
            let value = String::from_utf8_lossy(field.value_bytes()).into_owned();
            match field.type_() {
                b'C' => refusal.code = value,
                b'M' => refusal.message = value,
                b'D' => refusal.detail = Some(value),
                _ => {}
            }
        }
        refusal
    }

    /// After these the connection is of no more use: the server goes away, or what it prepared for us is stale.
    pub(super) fn ends_connection(&self) -> bool {
        self.code.starts_with("08") || self.code.starts_with("57P") || self.is_stale()
    }

    /// The session began on a database that was read-only then.
    pub(super) fn is_read_only(&self) -> bool {
        self.code == "25006"
    }

    /// A migration changed a table under a prepared statement (`cached plan must not change result type`).
    fn is_stale(&self) -> bool {
        self.code == "26000" || (self.code == "0A000" && self.message.contains("cached plan"))
    }

    pub(super) fn into_error(self, unit: &'static str, statement: &'static str) -> Error {
        if self.ends_connection() {
            return Error::Unavailable(self.to_string());
        }
        let cause = match self.code.as_str() {
            "53100" => return Error::DiskFull,
            "53300" => return Error::Unavailable(self.to_string()),
            "25006" => return Error::ReadOnly(self.to_string()),
            "23505" => SqlCause::Unique,
            "23503" => SqlCause::ForeignKey,
            "23502" | "23514" => SqlCause::Check,
            "40001" | "40P01" | "55P03" => SqlCause::Contention,
            "57014" => SqlCause::Timeout,
            _ => SqlCause::Other,
        };
        Error::Sql { unit, statement, cause, source: Arc::new(self) }
    }
}

/// The shared connections' errors.
pub(super) fn explain(statement: &'static str, error: tokio_postgres::Error) -> Error {
    if let Some(told) = error.as_db_error() {
        let refusal = Refusal {
            code: told.code().code().to_owned(),
            message: told.message().to_owned(),
            detail: told.detail().map(str::to_owned),
        };
        return refusal.into_error("query", statement);
    }
    let io = std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
    if error.is_closed() || io {
        return Error::Unavailable(address::explain(&error));
    }
    Error::Sql { unit: "query", statement, cause: SqlCause::Other, source: Arc::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: &str) -> Error {
        Refusal { code: code.to_owned(), message: "m".to_owned(), detail: None }.into_error("u", "s")
    }

    #[test]
    fn codes_are_told_apart() {
        assert!(matches!(told("53100"), Error::DiskFull));
        assert!(matches!(told("25006"), Error::ReadOnly(_)));
        assert!(told("23505").is_unique_violation());
        assert!(told("40P01").is_transient() && told("57P01").is_transient());
        assert!(!told("57014").is_transient() && told("57014").is_retryable());
        assert!(!told("42601").is_retryable());
    }
}
