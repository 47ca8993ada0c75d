//! An answer that is an error: `error_response`.

use std::borrow::Cow;

use crate::code::Code;

/// What a caller reads in `error_response`. Parts that do not apply are absent on the wire, never empty.
///
/// TOP answers every one of them with HTTP status 200: most SDKs drop the body of any other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} {msg}{}{}", detail(.sub_code.as_ref()), detail(.sub_msg.as_ref()))]
pub struct Fault {
    /// The platform code: a JSON number on the wire.
    pub code: u16,
    /// The platform's message.
    pub msg: Cow<'static, str>,
    /// The machine-readable cause, such as `isv.staff-not-exist`.
    pub sub_code: Option<Cow<'static, str>>,
    /// The human-readable cause.
    pub sub_msg: Option<Cow<'static, str>>,
}

fn detail(part: Option<&Cow<'static, str>>) -> String {
    part.map(|text| format!("; {text}")).unwrap_or_default()
}

impl Fault {
    /// A fault of the platform itself, with the sub code or message that live answers carry with it: 21 has a
    /// `sub_msg`, 29 a `sub_code`, the others neither.
    pub fn platform(code: Code) -> Fault {
        let mut fault =
            Fault { code: code.number(), msg: Cow::Borrowed(code.message()), sub_code: None, sub_msg: None };
        match code {
            Code::MissingMethod => fault.sub_msg = Some(Cow::Borrowed("http传入的参数加入method字段")),
            Code::InvalidAppKey => fault.sub_code = Some(Cow::Borrowed("isv.appkey-not-exists")),
            _ => {}
        }
        fault
    }

    /// The same fault with its cause said.
    #[must_use]
    pub fn with_sub(
        mut self,
        sub_code: impl Into<Cow<'static, str>>,
        sub_msg: impl Into<Cow<'static, str>>,
    ) -> Fault {
        self.sub_code = Some(sub_code.into());
        self.sub_msg = Some(sub_msg.into());
        self
    }

    /// A refusal by the service behind the API. The number is a setting of the server: published samples show
    /// 50, live traffic 15; no SDK tells them apart. The message is "Remote service error" with either.
    pub fn business(
        code: u16,
        sub_code: impl Into<Cow<'static, str>>,
        sub_msg: impl Into<Cow<'static, str>>,
    ) -> Fault {
        let mut fault = Fault::platform(Code::BusinessError);
        fault.code = code;
        fault.with_sub(sub_code, sub_msg)
    }

    /// 40: a required argument is absent. `name` is the parameter's, or the member's inside an object.
    pub fn missing_argument(name: &str) -> Fault {
        Fault::about(Code::MissingArguments, name)
    }

    /// 41: an argument has the wrong type.
    pub fn invalid_argument(name: &str) -> Fault {
        Fault::about(Code::InvalidArguments, name)
    }

    /// 7: too many calls; `sub_code` is one of [`crate::sub_code::APP_LIMIT`] and its siblings. The text is
    /// English on the wire for everybody, and clients read the seconds out of it.
    pub fn call_limited(sub_code: &'static str, seconds: u64) -> Fault {
        Fault::platform(Code::AppCallLimited)
            .with_sub(sub_code, format!("This ban will last for {seconds} more seconds"))
    }

    /// Whether an SDK that retries by itself would: the fault lies with the service, not with the caller.
    pub fn is_retryable(&self) -> bool {
        self.sub_code.as_deref().is_some_and(|sub_code| sub_code.starts_with("isp."))
    }

    fn about(code: Code, name: &str) -> Fault {
        Fault { msg: Cow::Owned(format!("{}:{name}", code.message())), ..Fault::platform(code) }
    }
}
