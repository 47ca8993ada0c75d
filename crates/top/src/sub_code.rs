//! The sub codes: which families there are, whose fault each is, and whether trying again helps.

/// Too many calls of one app in a day (code 7).
pub const APP_LIMIT: &str = "accesscontrol.limited-by-app-access-count";
/// Too many calls of one API by everybody (code 7).
pub const API_LIMIT: &str = "accesscontrol.limited-by-api-access-count";
/// Too many calls of one API by one app (code 7).
pub const APP_API_LIMIT: &str = "accesscontrol.limited-by-app-api-access-count";
/// The caller's address is not among the app's allowed ones (code 11).
pub const ADDRESS_LIMIT: &str = "isv.permission-ip-whitelist-limit";
/// The app has no permission for this API (code 11).
pub const NO_API_PACKAGE: &str = "isv.permission-api-package-empty";
/// The body is larger than the server reads (code 43). A sub code of this library: the platform documents none.
pub const TOO_LARGE: &str = "isv.request-too-large";
/// A multipart body without boundary or without end (code 43). A sub code of this library.
pub const BAD_MULTIPART: &str = "isv.invalid-multipart";
/// More calls in a batch than [`crate::batch::MAX_CALLS`] (code 43). A sub code of this library.
pub const BATCH_LIMIT: &str = "isv.batch-too-many-calls";

/// Who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The caller: its request or its rights are wrong.
    Isv,
    /// The service.
    Isp,
}

/// When the same request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It would fail again.
    No,
    /// At once; SDKs with automatic retry do.
    Yes,
    /// When the ban that `sub_msg` tells of is over.
    AfterBan,
}

/// A family of sub codes. `***` in the pattern stands for any text.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// Such as `isv.***-not-exist`.
    pub pattern: &'static str,
    /// The meaning in English.
    pub en: &'static str,
    /// The meaning in Chinese.
    pub zh: &'static str,
    /// Who has to act.
    pub owner: Owner,
    /// When to try again.
    pub retry: Retry,
}

const fn isv(pattern: &'static str, en: &'static str, zh: &'static str) -> Family {
    Family { pattern, en, zh, owner: Owner::Isv, retry: Retry::No }
}

const fn ban(pattern: &'static str, en: &'static str, zh: &'static str) -> Family {
    Family { pattern, en, zh, owner: Owner::Isv, retry: Retry::AfterBan }
}

const fn isp(pattern: &'static str, en: &'static str, zh: &'static str) -> Family {
    Family { pattern, en, zh, owner: Owner::Isp, retry: Retry::Yes }
}

/// Every documented family; the first that matches counts.
pub static FAMILIES: &[Family] = &[
    isv("isv.missing-parameter:***", "a required parameter is missing", "缺少必要的参数"),
    isv("isv.missing-parameter", "a required parameter is missing", "缺少必要的参数"),
    isv("isv.invalid-parameter:***", "a parameter has a wrong format or value", "参数格式或取值无效"),
    isv("isv.invalid-parameter", "a parameter has a wrong format or value", "参数格式或取值无效"),
    isv("isv.invalid-permission:***", "no right to this data", "没有权限操作该数据"),
    isv("isv.invalid-permission", "no right to this data", "没有权限操作该数据"),
    isv("isv.parameters-mismatch:***-and-***", "two parameters contradict each other", "两个参数不匹配"),
    isv("isv.permission-api-package-empty", "the app has no API package", "应用没有申请接口权限包"),
    isv("isv.permission-api-package-limit", "the app's package lacks this API", "应用的权限包不包含该接口"),
    isv("isv.permission-api-package-not-allowed", "the package may not be used", "不允许使用该权限包"),
    isv(ADDRESS_LIMIT, "the caller's address is not allowed", "调用方 IP 不在白名单内"),
    isv("isv.permission-api-widget-only-limit", "only widgets may call this API", "该接口只允许组件调用"),
    isv("isv.appkey-not-exists", "there is no such app key", "AppKey 不存在"),
    isv(TOO_LARGE, "the request is too large", "请求内容过大"),
    isv(BAD_MULTIPART, "the multipart body cannot be read", "multipart 请求体无法解析"),
    isv(BATCH_LIMIT, "too many calls in one batch", "单次批量调用数过多"),
    isv("isv.***-not-exist:***", "the object asked for does not exist", "查询的对象不存在"),
    isv("isv.***-not-exist", "the object asked for does not exist", "查询的对象不存在"),
    isv("isv.***-service-error:***", "the service refused for a business reason", "业务服务拒绝了请求"),
    isv("isv.***-service-error", "the service refused for a business reason", "业务服务拒绝了请求"),
    isv("invalid-sessionkey", "the session is not valid", "SessionKey 无效"),
    isv("session-expired", "the session has expired", "SessionKey 已过期"),
    isv("session-not-exist", "the session does not exist", "SessionKey 不存在"),
    isv("session-is-blank", "the session is blank", "SessionKey 为空"),
    isv(
        "sessionkey-not-generated-by-server",
        "the session was not made by this server",
        "SessionKey 不是由服务端生成",
    ),
    ban(APP_LIMIT, "the app's daily quota is used up", "应用当日调用次数超限"),
    ban(API_LIMIT, "the API's rate is exceeded", "接口调用频率超限"),
    ban(APP_API_LIMIT, "the app's rate on this API is exceeded", "应用对该接口的调用频率超限"),
    Family {
        pattern: "isp.top-mapping-parse-error",
        en: "the parameters could not be mapped; mostly their format is wrong",
        zh: "参数映射失败,通常是参数格式错误",
        owner: Owner::Isp,
        retry: Retry::No,
    },
    isp("isp.***-service-unavailable", "the service is not available", "后端服务暂不可用"),
    isp("isp.remote-service-error", "the service failed", "后端服务出错"),
    isp("isp.remote-service-timeout", "the service took too long", "后端服务超时"),
    isp("isp.remote-connection-error", "the service cannot be reached", "无法连接后端服务"),
    isp("isp.top-remote-***", "the gateway cannot reach the service", "网关无法访问后端服务"),
    isp("isp.http-***", "the service's HTTP end failed", "后端 HTTP 服务异常"),
    isp("isp.***", "an unknown fault of the service", "服务端未知错误"),
];

/// The family of a sub code; `None` for codes of one API's own (`isv.BUSINESS_LIMIT_CONTROL`, `9100`).
///
/// ```
/// use top::sub_code::{self, Retry};
/// assert_eq!(sub_code::family("isv.staff-not-exist").map(|f| f.pattern), Some("isv.***-not-exist"));
/// assert_eq!(sub_code::family("isp.remote-service-timeout").map(|f| f.retry), Some(Retry::Yes));
/// assert!(sub_code::family("9100").is_none());
/// ```
pub fn family(sub_code: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| matches(family.pattern, sub_code))
}

/// `***` stands for at least one character.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once("***") else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    rest.char_indices()
        .skip(1)
        .map(|(at, _)| at)
        .chain([rest.len()])
        .any(|at| at > 0 && matches(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_at_least_one_character() {
        assert!(matches("isv.***-not-exist:***", "isv.user-not-exist:invalid-nick"));
        assert!(matches("isp.***", "isp.客"));
        for text in ["isv.-not-exist:x", "isv.user-not-exist:", "isv.user-not-exist", "isp.user-not-exist:x"]
        {
            assert!(!matches("isv.***-not-exist:***", text), "{text}");
        }
    }

    #[test]
    fn every_family_without_star_finds_itself_and_nothing_twice() {
        for family in FAMILIES {
            let sample = family.pattern.replace("***", "x");
            assert_eq!(super::family(&sample).map(|f| f.pattern), Some(family.pattern));
        }
    }
}
