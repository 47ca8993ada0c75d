//! The platform codes: number, wire spelling, Chinese meaning, what to do.
//!
//! The wire spells `msg` with one capital ("Invalid signature"); the platform's documentation page uses Title
//! Case. Live answers were followed where there are any, so [`Code::AppCallLimited`] and
//! [`Code::InvalidAppKey`] keep their odd capitals. Codes 501–9xx (business codes before 2012) and 100–200
//! (login pages) never appear on the gateway and are absent on purpose.

macro_rules! codes {
    ($($variant:ident = $number:literal, $message:literal, $chinese:literal, $fix_en:literal, $fix_zh:literal;)+) => {
        /// Why the gateway refused a call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Code {
            $(
                #[doc = concat!("`", stringify!($number), "` ", $message, " (", $chinese, ")")]
                $variant = $number,
            )+
        }

        impl Code {
            /// The whole table, by number.
            pub const ALL: &[Code] = &[$(Code::$variant),+];

            /// The `msg` on the wire. Codes 40 and 41 append `:` and the name of the argument.
            pub const fn message(self) -> &'static str {
                match self { $(Code::$variant => $message),+ }
            }

            /// What it means, in the platform's Chinese.
            pub const fn chinese(self) -> &'static str {
                match self { $(Code::$variant => $chinese),+ }
            }

            /// What the caller can do about it, in English.
            pub const fn remedy(self) -> &'static str {
                match self { $(Code::$variant => $fix_en),+ }
            }

            /// What the caller can do about it, in Chinese.
            pub const fn remedy_zh(self) -> &'static str {
                match self { $(Code::$variant => $fix_zh),+ }
            }
        }
    };
}

impl Code {
    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The code with this number, if the table has it.
    pub fn from_number(number: u16) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.number() == number)
    }
}

codes! {
    UploadFail = 3, "Upload fail", "图片上传失败",
        "The image part is broken or too large; send it again.", "检查图片内容与大小后重新上传。";
    UserCallLimited = 4, "User call limited", "用户调用次数超限",
        "Call less often for this user.", "降低该用户的调用频率。";
    SessionCallLimited = 5, "Session call limited", "会话调用次数超限",
        "Call less often with this session.", "降低该会话的调用频率。";
    PartnerCallLimited = 6, "Partner call limited", "合作伙伴调用次数超限",
        "Call less often for this partner.", "降低该合作伙伴的调用频率。";
    AppCallLimited = 7, "App Call Limited", "应用调用次数超限,包含频率超限",
        "Wait as long as sub_msg says, then call less often.", "按 sub_msg 中的秒数等待后重试,并降低调用频率。";
    AppCallExceedsFrequency = 8, "App call exceeds limited frequency", "应用调用频率超限",
        "Call less often.", "降低应用的调用频率。";
    HttpActionNotAllowed = 9, "Http action not allowed", "HTTP方法被禁止",
        "Use GET or POST, in upper case; uploads must be POST.", "请用大写的 POST 或 GET,上传文件必须用 POST。";
    ServiceUnavailable = 10, "Service currently unavailable", "服务不可用",
        "An unknown fault of the gateway; try again later.", "网关未知错误,请稍后重试。";
    InsufficientIsvPermissions = 11, "Insufficient isv permissions", "开发者权限不足",
        "Apply for the API's permission, or add the caller's address to the app's allowed addresses.",
        "为应用申请该接口的权限,或把调用方 IP 加入应用的白名单。";
    InsufficientUserPermissions = 12, "Insufficient user permissions", "用户权限不足",
        "The authorising user may not do this; use another.", "授权用户无此权限,请更换授权用户。";
    InsufficientPartnerPermissions = 13, "Insufficient partner permissions", "合作伙伴权限不足",
        "Apply for the partner's permission.", "申请合作伙伴权限。";
    RemoteServiceError = 15, "Remote service error", "远程服务出错",
        "The service behind the API refused; read sub_code and sub_msg.", "后端服务返回错误,请根据 sub_code 与 sub_msg 处理。";
    MissingMethod = 21, "Missing method", "缺少方法名参数",
        "Send the parameter method.", "传入的参数加入method字段。";
    InvalidMethod = 22, "Invalid method", "不存在的方法名",
        "Check the spelling of method; is this API offered here?", "检查 method 是否拼写正确、接口是否存在。";
    InvalidFormat = 23, "Invalid format", "无效数据格式",
        "format must be xml or json.", "format 只能是 xml 或 json。";
    MissingSignature = 24, "Missing signature", "缺少签名参数",
        "Send the parameter sign.", "传入的参数加入sign字段。";
    InvalidSignature = 25, "Invalid signature", "无效签名",
        "Sign decoded values, sorted by name, with this app's secret and the declared sign_method; UTF-8.",
        "按参数名排序、以解码后的值、应用的 secret 和所声明的 sign_method 重新签名,编码用 UTF-8。";
    MissingSession = 26, "Missing session", "缺少SessionKey参数",
        "This API needs an authorisation; send the parameter session.", "该接口需要授权,传入的参数加入session字段。";
    InvalidSession = 27, "Invalid session", "无效的SessionKey参数",
        "Authorise again to get a new session.", "重新授权以获取新的 SessionKey。";
    MissingAppKey = 28, "Missing app key", "缺少AppKey参数",
        "Send the parameter app_key.", "传入的参数加入app_key字段。";
    InvalidAppKey = 29, "Invalid app Key", "无效的AppKey参数",
        "Check app_key: is it this environment's, and is the app enabled?", "检查 app_key 是否属于当前环境、应用是否已启用。";
    MissingTimestamp = 30, "Missing timestamp", "缺少时间戳参数",
        "Send the parameter timestamp.", "传入的参数加入timestamp字段。";
    InvalidTimestamp = 31, "Invalid timestamp", "非法的时间戳参数",
        "Use yyyy-MM-dd HH:mm:ss in GMT+8 (or epoch milliseconds or seconds), and set the clock right.",
        "timestamp 格式为 yyyy-MM-dd HH:mm:ss(东八区),也可用毫秒或秒级时间戳;请校准本机时钟。";
    MissingVersion = 32, "Missing version", "缺少版本参数",
        "Send the parameter v, 2.0.", "传入的参数加入v字段,值为 2.0。";
    InvalidVersion = 33, "Invalid version", "非法的版本参数",
        "v must be a number: 2.0.", "v 必须是数字,值为 2.0。";
    UnsupportedVersion = 34, "Unsupported version", "不支持的版本号",
        "The only version is 2.0.", "目前只支持 2.0 版本。";
    MissingArguments = 40, "Missing required arguments", "缺少必选参数",
        "Send the argument named after the colon.", "补充冒号后的必选参数。";
    InvalidArguments = 41, "Invalid arguments", "非法的参数",
        "Send the argument named after the colon with the documented type.", "冒号后参数的类型或格式不对,按文档修改。";
    InsufficientSessionPermissions = 42, "Insufficient session permissions", "短授权权限不足",
        "Authorise again with a longer scope.", "重新授权以获得更高的权限。";
    ParameterError = 43, "Parameter error", "参数错误",
        "Correct the request as sub_msg says.", "按 sub_msg 的提示修改请求。";
    InvalidAccessToken = 44, "Invalid access token", "无效的access token",
        "Get a new access token.", "重新获取 access token。";
    InvalidEncoding = 47, "Invalid encoding", "编码错误",
        "Send UTF-8, percent-encoded.", "请用 UTF-8 编码,并做 URL 编码。";
    BusinessError = 50, "Remote service error", "业务错误",
        "The service behind the API refused; read sub_code and sub_msg.", "业务处理失败,请根据 sub_code 与 sub_msg 处理。";
    InsufficientSecurityLevel = 53, "Insufficient security level", "安全等级不足",
        "Raise the app's security level, or refresh the authorisation.", "提升应用的安全等级或刷新授权。";
    DingTalkError = 88, "ding talk error", "鉴权异常",
        "Only the DingTalk variant of the gateway answers this; read sub_code.", "仅钉钉版网关会返回,请根据 sub_code 处理。";
}
