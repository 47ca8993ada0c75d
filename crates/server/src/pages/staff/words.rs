//! Members and timeline lines in words.

use serde_json::Value;
use web::Outcome;

use super::both;
use crate::{
    domain::{
        group::{member::Member, timeline::Row},
        staff::Staff,
    },
    web::{self, Bilingual},
};

pub(super) fn member(member: &Member, me: &Staff) -> web::Member {
    let kind = match member.kind.as_str() {
        "customer" => web::MemberKind::Customer,
        "guest" => web::MemberKind::Guest,
        _ => web::MemberKind::Staff,
    };
    let why = match member.reason.as_str() {
        "caller" => Some(both("点击一键拉群加入", "Joined by clicking 一键拉群")),
        "assignee" => Some(both("工单负责人", "Assigned to the ticket")),
        "default_owner" => Some(both("渠道的默认群主", "Owns the channel's groups by default")),
        "customer" => Some(both("工单的客户", "The ticket's customer")),
        "invited" => Some(both("由同事邀请", "Invited by a colleague")),
        "guest" => Some(both("从链接进群的访客", "A guest who came by the link")),
        _ => None,
    };
    let name = member.name.clone().or_else(|| member.external_id.clone()).unwrap_or_default();
    web::Member {
        name,
        person: member.person_id.to_string(),
        kind,
        account_type: if member.account_type == Some(2) {
            web::AccountType::External
        } else {
            web::AccountType::Internal
        },
        role: None,
        why,
        joined_at_ms: (member.state == "joined").then_some(member.joined_at),
        is_me: member.person_id == me.id,
    }
}

/// A line of the timeline in words: what happened, who did it, when, and what proves it.
pub(super) fn line(row: &Row, members: &[Member]) -> web::TimelineEntry {
    let detail: Value = serde_json::from_str(&row.detail).unwrap_or_default();
    let (outcome, text) = made(&row.kind, &detail)
        .or_else(|| people_act(&row.kind, &detail))
        .unwrap_or_else(|| (Outcome::Note, both(&row.kind, &row.kind)));
    let said = |key: &str| detail.get(key).and_then(Value::as_str).map(|text| both(text, text));
    web::TimelineEntry {
        at_ms: row.at,
        text,
        who: who(&row.actor, members),
        outcome,
        evidence: Some(row.evidence.clone()),
        cause: said("cause"),
        remedy: said("remedy"),
    }
}

/// The person behind an actor, by name where the group knows it. A program has no name to show.
fn who(actor: &str, members: &[Member]) -> Option<String> {
    let (kind, id) = actor.split_once(':')?;
    let found = match kind {
        "staff" => members.iter().find(|m| m.kind == "staff" && m.external_id.as_deref() == Some(id)),
        "visitor" => members.iter().find(|m| m.person_id.to_string() == id),
        _ => return None,
    };
    let name = found.and_then(|m| m.name.clone()).filter(|name| !name.is_empty());
    name.or_else(|| (kind == "staff").then(|| id.to_owned()))
}

/// The steps of a group's life.
fn made(kind: &str, detail: &Value) -> Option<(Outcome, Bilingual)> {
    Some(match kind {
        "reserved" => {
            (Outcome::Done, both("已登记，正在请平台建群", "Registered, the platform is being asked"))
        }
        "created" => (Outcome::Done, both("群已建好", "The group was made")),
        "members_added" => (Outcome::Done, people(detail)),
        "reopened" => (Outcome::Done, both("群已重新打开", "The group was reopened")),
        "closed" => (Outcome::Done, both("群已结束", "The group was closed")),
        "sealed" => (Outcome::Done, both("记录已封存", "The record was sealed")),
        "dissolved" => (Outcome::Done, both("群已解散", "The group was dissolved")),
        "failed" => (Outcome::Failed, both("平台拒绝建群", "The platform refused to make the group")),
        "retried" => (Outcome::Note, both("重新请平台建群", "The platform is asked again")),
        "unknown_outer_type" => (
            Outcome::Note,
            both(
                "来源 outer_type 未登记，已用默认渠道",
                "The outer_type is not registered, the default channel was used",
            ),
        ),
        "owner_told" => (
            Outcome::Done,
            both(
                "客户来了消息，没有人在看，已通知负责人",
                "The customer wrote, nobody was there: the owner was told",
            ),
        ),
        "escalated" => (
            Outcome::Done,
            both(
                "客户等了太久，已通知群里所有员工",
                "The customer waited too long: all staff of the group were told",
            ),
        ),
        "nobody_to_tell" => (
            Outcome::Failed,
            both(
                "客户在等，没有办法通知任何人",
                "The customer waits, and there is no way of telling anybody",
            ),
        ),
        "notice_failed" => (Outcome::Failed, both("通知没有送到", "A notice could not be delivered")),
        _ => return None,
    })
}

/// What people of the group did to it.
fn people_act(kind: &str, detail: &Value) -> Option<(Outcome, Bilingual)> {
    let text = |key: &str| detail.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = text("name");
    let (zh, en) = match kind {
        "joined" if detail["kind"] == "customer" => {
            (format!("客户{name}已进群"), format!("The customer {name} joined"))
        }
        "joined" => (format!("{name} 以访客身份进群"), format!("{name} joined as a guest")),
        "invited" => (format!("邀请了{name}"), format!("{name} was invited")),
        "removed" => (format!("移出了{name}"), format!("{name} was removed")),
        "renamed" => (format!("群名改为「{}」", text("to")), format!("Renamed to “{}”", text("to"))),
        "handed_over" => (format!("群移交给{name}"), format!("Handed over to {name}")),
        "link_renewed" => ("客户链接已换新".into(), "The customer's link was renewed".into()),
        "history_allowed" => ("访客可看之前的内容".into(), "Guests may see what was said before".into()),
        "history_denied" => {
            ("访客不再看到之前的内容".into(), "Guests no longer see what was said before".into())
        }
        "ticket_saved" => ("工单已修改".into(), "The ticket was changed".into()),
        "satisfaction" => {
            let score = detail["score"].as_i64().unwrap_or_default();
            (format!("客户评价 {score} 分"), format!("Rated {score} of 5"))
        }
        "contact" => ("客户留下了联系方式".into(), "The customer left an address for the reply".into()),
        _ => return None,
    };
    Some((Outcome::Done, Bilingual::new(zh, en)))
}

/// Staff are in the group at once; a customer is expected, and is no success before that.
fn people(detail: &Value) -> Bilingual {
    let (customers, staff): (Vec<&Value>, Vec<&Value>) =
        detail.as_array().into_iter().flatten().partition(|member| member["kind"] == "customer");
    let (mut zh, mut en) = match staff.len() {
        0 => (Vec::new(), Vec::new()),
        1 => (vec!["1 人已拉进群".to_owned()], vec!["1 person was pulled in".to_owned()]),
        n => (vec![format!("{n} 人已拉进群")], vec![format!("{n} people were pulled in")]),
    };
    if !customers.is_empty() {
        zh.push("客户待进群".to_owned());
        en.push("the customer is expected".to_owned());
    }
    Bilingual::new(zh.join("，"), en.join(", "))
}
