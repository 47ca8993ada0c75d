//! What the conversation refuses: a code for scripts, words for people.

use std::borrow::Cow;

use super::{RECALL_MS, TEXT_MAX, search::QUERY_MAX, send::MENTIONS_MAX};
use crate::domain::{self, group::State};

/// A refusal. [`Denied::code`] is for the page's script, the words are for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// There is nothing in it that anybody could read.
    Blank,
    /// More characters than a message takes: how many there are.
    TooLong(usize),
    /// A control character, which no screen can show.
    Control(char),
    /// The lane is none that this person may write to or read.
    Lane,
    /// The group is not open.
    State(State),
    /// The person is not in the group any more.
    Removed,
    /// What is quoted is not there, or cannot be seen by who quotes it.
    QuoteNotFound,
    /// What is quoted is in the other lane.
    QuoteLane,
    /// A system line or a recalled message cannot be quoted.
    QuoteKind,
    /// Who is mentioned is not in the group, or may not see the lane.
    Mention,
    /// More people are mentioned than one message takes.
    Mentions,
    /// There is no such file of this person's, in this lane, that was not sent yet.
    FileNotFound,
    /// The file is of another kind than the message says: which.
    FileKind(&'static str),
    /// The sender's own id was used for another message.
    ClientId,
    /// There is no such message.
    NotFound,
    /// It is somebody else's message.
    NotYours,
    /// It is too old to be recalled.
    TooLate,
    /// There is nothing to look for, or too much.
    Query,
}

impl Denied {
    /// The code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::TooLong(_) => "too_long",
            Self::Control(_) => "control",
            Self::Lane => "lane",
            Self::State(State::Dissolved) => "dissolved",
            Self::State(State::Reserved | State::Creating | State::Failed) => "not_ready",
            Self::State(_) => "closed",
            Self::Removed => "removed",
            Self::QuoteNotFound => "quote",
            Self::QuoteLane => "quote_lane",
            Self::QuoteKind => "quote_kind",
            Self::Mention => "mention",
            Self::Mentions => "mentions",
            Self::FileNotFound => "file",
            Self::FileKind(_) => "file_kind",
            Self::ClientId => "client_id",
            Self::NotFound => "not_found",
            Self::NotYours => "not_yours",
            Self::TooLate => "too_late",
            Self::Query => "query",
        }
    }

    /// What is wrong and what to do, in Chinese.
    pub fn zh(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Blank => "消息是空的，写点内容再发送",
            Self::TooLong(length) => {
                return format!("一条消息最多 {TEXT_MAX} 个字符，这条有 {length} 个；请分几条发送").into();
            }
            Self::Control(c) => {
                return format!("消息里有不能显示的控制字符 U+{:04X}，请删除后再发送", u32::from(*c)).into();
            }
            Self::Lane => "请说明发给谁看：lane 为 customer（客户可见）或 internal（仅内部，只限客服）",
            Self::State(State::Dissolved) => "这个群已解散，不能再发送",
            Self::State(State::Reserved | State::Creating) => "群正在创建，请稍候再发送",
            Self::State(State::Failed) => "群没有建成，暂时不能发送",
            Self::State(_) => "这个群已结束；重新打开后可以继续发送",
            Self::Removed => "你已不在这个群里",
            Self::QuoteNotFound => "引用的消息不存在",
            Self::QuoteLane => "不能跨范围引用：仅内部的消息只能在内部引用，客户可见的消息只能对客户引用",
            Self::QuoteKind => "系统消息和已撤回的消息不能引用",
            Self::Mention => "提到的人不在群里，或看不到这条消息",
            Self::Mentions => {
                return format!("一条消息最多提到 {MENTIONS_MAX} 人").into();
            }
            Self::FileNotFound => "没有这个文件：它已发送、已过期，或是为另一范围上传的；请重新上传",
            Self::FileKind(kind) => return format!("这个文件的类型是 {kind}，与消息的类型不同").into(),
            Self::ClientId => "这个 client_id 已用于另一条消息，请换一个",
            Self::NotFound => "没有这条消息",
            Self::NotYours => "只能撤回自己的消息",
            Self::Query => return format!("请输入要查找的内容，最多 {QUERY_MAX} 个字符").into(),
            Self::TooLate => {
                return format!("只能在发送后 {} 分钟内撤回", RECALL_MS / 60_000).into();
            }
        })
    }

    /// What is wrong and what to do, in English.
    pub fn en(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Blank => "The message is empty: write something first",
            Self::TooLong(length) => {
                return format!(
                    "A message takes at most {TEXT_MAX} characters, this one has {length}: send it in parts"
                )
                .into();
            }
            Self::Control(c) => {
                return format!(
                    "The message has the control character U+{:04X}, which cannot be shown: remove it",
                    u32::from(*c)
                )
                .into();
            }
            Self::Lane => {
                "Say who may see it: lane is customer (the customer sees it) or internal (staff only, for staff)"
            }
            Self::State(State::Dissolved) => "This group was dissolved: nothing can be sent any more",
            Self::State(State::Reserved | State::Creating) => {
                "The group is still being made: send again in a moment"
            }
            Self::State(State::Failed) => "The group could not be made: nothing can be sent at the moment",
            Self::State(_) => "This group is closed: reopen it to go on",
            Self::Removed => "You are not in this group any more",
            Self::QuoteNotFound => "The quoted message is not there",
            Self::QuoteLane => {
                "A quote stays in its lane: what is internal is quoted internally, what the customer sees is quoted to the customer"
            }
            Self::QuoteKind => "System lines and recalled messages cannot be quoted",
            Self::Mention => "Who is mentioned is not in the group, or cannot see this message",
            Self::Mentions => return format!("A message mentions at most {MENTIONS_MAX} people").into(),
            Self::FileNotFound => {
                "There is no such file: it was sent, has expired, or was uploaded for the other lane; upload it again"
            }
            Self::FileKind(kind) => {
                return format!("The file is of kind {kind}, the message says otherwise").into();
            }
            Self::ClientId => "This client_id was used for another message: take a new one",
            Self::NotFound => "There is no such message",
            Self::NotYours => "Only your own messages can be recalled",
            Self::Query => return format!("Say what to look for, in at most {QUERY_MAX} characters").into(),
            Self::TooLate => {
                return format!("A message can be recalled for {} minutes", RECALL_MS / 60_000).into();
            }
        })
    }
}

impl std::fmt::Display for Denied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en())
    }
}

impl std::error::Error for Denied {}

/// What becomes of something that was asked of the conversation and did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules say no.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It could not be done.
    #[error(transparent)]
    Failed(#[from] domain::Error),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}
