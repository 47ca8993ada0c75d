//! The APIs that are defined so far. Names, types, examples and Chinese texts are the published page's.

use crate::definition::{Api, Field, Kind, SessionNeed};

/// 客服一键拉群: the group of a ticket, made on the first call.
pub static GROUP_COMMUNICATION: Api = Api {
    name: "alibaba.lyservice.group.group.communication",
    title_zh: "客服一键拉群",
    title_en: "One click to a support group",
    description_zh: "客服一键拉群",
    description_en: "Brings the right people into one group chat about a ticket. Further calls answer the same group.",
    session: SessionNeed::NotNeeded,
    request: &[Field {
        name: "service_communication_request",
        kind: Kind::Object {
            type_name: "ServiceCommunicationRequest",
            fields: &[
                field("case_id", Kind::String, "123", "工单id", "the ticket's id"),
                field("tenant_id", Kind::Number, "200110004", "租户id", "the tenant's id"),
                field("staff_id", Kind::String, "123", "staffId", "the support agent's id"),
                field("outer_type", Kind::String, "111", "outType", "where the call comes from"),
            ],
        },
        required: false,
        example: "",
        zh: "请求",
        en: "the request",
    }],
    response: &[field(
        "result",
        Kind::Object {
            type_name: "ResultDO",
            fields: &[
                field("msg", Kind::String, "123", "返回信息", "a message"),
                field("code", Kind::String, "200", "结果码", "the result code, \"200\" if all is well"),
                field("data", COMMUNICATION_RESPONSE, "", "数据", "the group"),
                field("success", Kind::Boolean, "true", "是否成功", "whether the call succeeded"),
            ],
        },
        "",
        "结果",
        "the result",
    )],
};

const COMMUNICATION_RESPONSE: Kind = Kind::Object {
    type_name: "CommunicationResponse",
    fields: &[
        field("group_link", Kind::String, GROUP_LINK_EXAMPLE, "群链接", "the link to the group"),
        field("group_qr_code", Kind::String, QR_CODE_EXAMPLE, "群二维码", "where the group's QR code is"),
        field(
            "account_type",
            Kind::Number,
            "1",
            "成员类型 1 内部成员 2 外部成员",
            "the kind of member: 1 internal, 2 external",
        ),
        field("team_group_id", Kind::String, "123", "群chatid", "the group's chat id"),
    ],
};

const GROUP_LINK_EXAMPLE: &str = "dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fpre-h5.dingtalk.com%2F\
customer-service%2Findex.html%3FappType%3DservicerCreate%26corpId%3Dding79313cbeda1b6172a39a90f97fcb1e09%26\
ddtab%3Dtrue%26dingGroupName%3D%E8%B4%BA%E6%99%AF%E6%B5%8B%E8%AF%95%E9%85%B7%E5%BA%94%E7%94%A8%26\
isTicketServicer%3Dtrue%26isgroupCreated%3Dtrue%26openConversationId%3DcidxVCsb6h4If5WSyOrVnHhYQ%3D%3D%26\
outerType%3Dlydds%26tenantId%3D200110002%26userIdentify%3D3j7iPMNl89PiP3CNyAKXFcdgiEiE%23%2FmobileOperator%2F\
ticketCreate%3Fddtab%3Dtrue";

const QR_CODE_EXAMPLE: &str = "https://ly-ding-solution-new.oss-cn-shanghai.aliyuncs.com/2023-06-28/\
38c36f3e-8dd7-43a4-9ca1-9613d8e047ac.json";

/// The server's time: needs no session and no arguments, so SDK users try their signature with it.
pub static TIME_GET: Api = Api {
    name: "taobao.time.get",
    title_zh: "获取前台展示的系统时间",
    title_en: "The server's time",
    description_zh: "获取淘宝系统当前时间",
    description_en: "Tells the current time of the server.",
    session: SessionNeed::NotNeeded,
    request: &[],
    response: &[field(
        "time",
        Kind::Date,
        "2000-01-01 00:00:00",
        "淘宝系统当前时间",
        "the server's current time",
    )],
};

/// Every API defined here.
pub static ALL: &[&Api] = &[&GROUP_COMMUNICATION, &TIME_GET];

/// A field that is not required.
const fn field(
    name: &'static str,
    kind: Kind,
    example: &'static str,
    zh: &'static str,
    en: &'static str,
) -> Field {
    Field { name, kind, required: false, example, zh, en }
}
