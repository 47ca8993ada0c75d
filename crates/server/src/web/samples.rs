//! Sample views: ordinary ones, and hostile ones with everything a name can carry.

use super::{
    AccountType, Bilingual, ErrorPage, GatePage, GroupPage, GroupState, Lang, LinkProblem, LinkProblemPage,
    Me, Member, MemberKind, NoGroupPage, Now, Outcome, Priority, StaffGroup, StaffPage, Ticket, TicketStatus,
    TimelineEntry, poster as posters,
};

/// 2026-11-23 14:05:09 in Shanghai.
const AT: i64 = 1_795_413_909_000;

const PERSON: &str = "019ab000-0000-7000-8000-000000000001";

/// Markup, quotes, an override, an entity, a template mark.
pub(super) const HOSTILE: &str = "<script>alert('x')</script>\"'`&lt;\u{202e}{{7*7}}</title><b>";

/// A very long name of two scripts without a single space.
pub(super) fn long_name() -> String {
    "云杉家电集团股份有限公司华东区售后服务中心W3DishwasherInstallationAndMaintenanceDivision第二分部"
        .repeat(2)
}

fn now() -> Now {
    Now { ms: AT + 7_200_000, tz: "Asia/Shanghai".to_owned() }
}

/// A group page.
pub(super) fn group(lang: Lang, state: GroupState, company: &str, name: &str) -> GroupPage {
    GroupPage {
        lang,
        now: now(),
        company: company.to_owned(),
        group_name: name.to_owned(),
        state,
        created_at_ms: AT,
        link: "https://help.example.com/g/4uQeVj5tqViQh7yWWGStvk".to_owned(),
        qr_svg_url: "/g/4uQeVj5tqViQh7yWWGStvk/qr.svg".to_owned(),
        base: "/g/4uQeVj5tqViQh7yWWGStvk".to_owned(),
        privacy_url: Some("https://help.example.com/privacy".to_owned()),
        asks_phone_tail: state == GroupState::Active,
        joined: state == GroupState::WaitingCustomer,
        self_url: "/g/4uQeVj5tqViQh7yWWGStvk?lang=zh".to_owned(),
    }
}

/// A page of a token that leads nowhere.
pub(super) fn poster(lang: Lang, size: posters::Size, text: &str) -> posters::PosterPage {
    let poster = posters::Poster {
        lang,
        company: text.to_owned(),
        group_name: text.to_owned(),
        date: "2026-11-23".to_owned(),
        link: "https://help.example.com/g/4uQeVj5tqViQh7yWWGStvk".to_owned(),
    };
    let path = "/g/4uQeVj5tqViQh7yWWGStvk".to_owned();
    posters::PosterPage {
        poster,
        size,
        path,
        self_url: "/g/4uQeVj5tqViQh7yWWGStvk/poster?size=a4".to_owned(),
    }
}

pub(super) fn link_problem(lang: Lang, problem: LinkProblem, company: Option<&str>) -> LinkProblemPage {
    LinkProblemPage { lang, problem, company: company.map(ToOwned::to_owned), self_url: "/g/x".to_owned() }
}

/// The gate.
pub(super) fn gate(lang: Lang) -> GatePage {
    GatePage {
        lang,
        self_url: "/customer-service/index.html?tenantId=200110004&openConversationId=cid".to_owned(),
    }
}

/// No such group.
pub(super) fn no_group(lang: Lang, name: &str) -> NoGroupPage {
    NoGroupPage {
        lang,
        me: Me { name: name.to_owned(), person: PERSON.to_owned() },
        self_url: "/customer-service/index.html".to_owned(),
    }
}

/// An error page.
pub(super) fn error(lang: Lang, status: u16, request_id: Option<&str>) -> ErrorPage {
    ErrorPage { lang, status, request_id: request_id.map(ToOwned::to_owned), self_url: "/nothing".to_owned() }
}

fn member(name: &str, kind: MemberKind, account_type: AccountType) -> Member {
    Member {
        person: PERSON.to_owned(),
        name: name.to_owned(),
        kind,
        account_type,
        role: None,
        why: None,
        joined_at_ms: Some(AT),
        is_me: false,
    }
}

fn entry(seconds: i64, zh: &str, en: &str, outcome: Outcome, evidence: Option<&str>) -> TimelineEntry {
    TimelineEntry {
        at_ms: AT + seconds * 1000,
        text: Bilingual::new(zh, en),
        who: None,
        outcome,
        evidence: evidence.map(ToOwned::to_owned),
        cause: None,
        remedy: None,
    }
}

fn members(zh: bool) -> Vec<Member> {
    let pick = |a: &'static str, b: &'static str| if zh { a } else { b };
    let staff = |name, role: &str, why| Member {
        role: Some(role.to_owned()),
        why: Some(why),
        ..member(name, MemberKind::Staff, AccountType::Internal)
    };
    vec![
        Member {
            is_me: true,
            ..staff(
                pick("林晓", "Lin Xiao"),
                pick("售后客服", "After-sales agent"),
                Bilingual::new("点了「一键拉群」", "Clicked the group button"),
            )
        },
        Member {
            account_type: AccountType::External,
            ..staff(
                pick("周博文", "Zhou Bowen"),
                pick("安装工程师", "Fitting engineer"),
                Bilingual::new("按规则「家电安装」第 2 条加入", "Rule “Installation”, line 2"),
            )
        },
        Member {
            joined_at_ms: None,
            ..staff(
                pick("何静", "He Jing"),
                pick("组长", "Team lead"),
                Bilingual::new("邀请未送达，见建群回执", "Invitation not delivered, see the receipt"),
            )
        },
        Member {
            why: Some(Bilingual::new("扫码进入", "Scanned the QR code")),
            ..member(pick("陈女士", "Ms Chen"), MemberKind::Customer, AccountType::External)
        },
    ]
}

fn timeline() -> Vec<TimelineEntry> {
    let cid = "cidT0w2bX9aQk3vLrN8sYpE1w==";
    vec![
        entry(0, "保存工单", "Ticket saved", Outcome::Done, Some("case 202611230187 · v1")),
        entry(
            0,
            "选人：规则「家电安装」第 2 条、「组长」",
            "People chosen by rule",
            Outcome::Done,
            Some("3 staff"),
        ),
        entry(1, "在网页上建群", "Group made on the web platform", Outcome::Done, Some(cid)),
        TimelineEntry {
            cause: Some(Bilingual::new(
                "何静的钉钉账号不在应用的可见范围里，钉钉返回码 33012。",
                "He Jing's DingTalk account is outside the app's visible range. DingTalk answered 33012.",
            )),
            remedy: Some(Bilingual::new(
                "请钉钉管理员把「安装组」加入可见范围，再点一次「一键拉群」。",
                "Ask the DingTalk administrator to add the team to the visible range, then click the group button again.",
            )),
            ..entry(
                2,
                "请成员进群：4 人里 3 人已加入",
                "Members invited: 3 of 4 joined",
                Outcome::Failed,
                None,
            )
        },
        entry(
            2,
            "生成客户链接和二维码",
            "Customer link and QR code made",
            Outcome::Done,
            Some("sha256 9f2c41…"),
        ),
        TimelineEntry {
            cause: Some(Bilingual::new("工单系统返回 HTTP 503。", "The ticket system answered HTTP 503.")),
            remedy: Some(Bilingual::new(
                "不用处理，恢复后会自动写回。",
                "Nothing to do, it is written back by itself.",
            )),
            ..entry(3, "写回工单，第 2 次重试", "Writing back to the ticket, retry 2", Outcome::Waiting, None)
        },
        entry(4, "客户打开了链接", "The customer opened the link", Outcome::Note, None),
    ]
}

/// A staff page.
pub(super) fn staff(lang: Lang, state: GroupState) -> StaffPage {
    let pick = |zh: &str, en: &str| if lang == Lang::Zh { zh.to_owned() } else { en.to_owned() };
    StaffPage {
        lang,
        now: now(),
        company: pick("云杉家电售后", "Spruce Appliances"),
        group: StaffGroup {
            name: pick("【高】陈女士-202611230187", "[High] Ms Chen-202611230187"),
            state,
            open_conversation_id: "cidT0w2bX9aQk3vLrN8sYpE1w==".to_owned(),
            team_group_id: "chat0a1b2c3d4e5f6g7h8j9kmnpqrs".to_owned(),
            customer_url: "https://help.example.com/g/4uQeVj5tqViQh7yWWGStvk".to_owned(),
            qr_png_url: "/g/4uQeVj5tqViQh7yWWGStvk/qr.png".to_owned(),
            poster_url: "/g/4uQeVj5tqViQh7yWWGStvk/poster".to_owned(),
            base_url: "/customer-service/groups/cidT0w2bX9aQk3vLrN8sYpE1w%3D%3D".to_owned(),
        },
        ticket: Ticket {
            case_id: "202611230187".to_owned(),
            title: Some(pick("洗碗机 W3 安装后漏水，厨房地板进水", "Dishwasher W3 leaks after installation")),
            status: TicketStatus::InProgress,
            priority: Some(Priority::High),
            assignee: Some(pick("林晓", "Lin Xiao")),
            customer: Some(pick("陈女士", "Ms Chen")),
            channel: Some("111".to_owned()),
            created_at_ms: Some(AT - 180_000),
            description: Some(pick(
                "11 月 22 日安装，首次使用时水从门下流出。\n门封条左下角翘起，照片见附件。",
                "Fitted on 22 Nov. Water ran out under the door at first use.\nThe lower left of the seal has lifted.",
            )),
        },
        members: members(lang == Lang::Zh),
        timeline: timeline(),
        me: Me { name: pick("林晓", "Lin Xiao"), person: PERSON.to_owned() },
        self_url: "/customer-service/index.html?tenantId=200110004&openConversationId=cid%3D%3D".to_owned(),
    }
}

/// A staff page whose every text is `text`.
pub(super) fn staff_filled(lang: Lang, text: &str) -> StaffPage {
    let mut page = staff(lang, GroupState::Active);
    let both = || Some(Bilingual::new(text, text));
    let some = || Some(text.to_owned());
    page.company = text.to_owned();
    page.me.name = text.to_owned();
    page.self_url = format!("/customer-service/index.html?x={text}");
    page.group.name = text.to_owned();
    page.group.open_conversation_id = text.to_owned();
    page.group.team_group_id = text.to_owned();
    page.group.customer_url = format!("https://help.example.com/g/{text}");
    page.group.qr_png_url = format!("/g/{text}/qr.png");
    page.ticket.case_id = text.to_owned();
    page.ticket.title = some();
    page.ticket.assignee = some();
    page.ticket.customer = some();
    page.ticket.channel = some();
    page.ticket.description = some();
    for member in &mut page.members {
        member.name = text.to_owned();
        (member.role, member.why) = (some(), both());
    }
    for entry in &mut page.timeline {
        entry.text = Bilingual::new(text, text);
        entry.who = some();
        (entry.evidence, entry.cause, entry.remedy) = (some(), both(), both());
    }
    page
}

/// A ticket that only a click has named, no members, no steps.
pub(super) fn staff_bare(lang: Lang) -> StaffPage {
    let mut page = staff(lang, GroupState::Creating);
    page.ticket = Ticket {
        case_id: "123".to_owned(),
        title: None,
        status: TicketStatus::Accepted,
        priority: None,
        assignee: None,
        customer: None,
        channel: None,
        created_at_ms: None,
        description: None,
    };
    page.members.clear();
    page.timeline.clear();
    page
}
