//! The columns of each noun: their names, in English and Chinese, and what they may hold.

use super::Problem;
use crate::domain::{
    id::{self, CASE_ID_MAX, NAME_ID_MAX},
    ticket::{DESCRIPTION_MAX, TITLE_MAX},
    visitor::phone,
};

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    /// 员工.
    Staff,
    /// 访客.
    Customer,
    /// 工单.
    Ticket,
}

/// One column.
#[derive(Debug)]
pub struct Column {
    /// Its name in headers, JSON objects and reports.
    pub name: &'static str,
    /// What else a header may call it.
    pub aliases: &'static [&'static str],
    /// What it may hold.
    pub rule: Rule,
    /// No two rows of a file have the same value, and in the database no two people.
    pub unique: bool,
}

/// What a column may hold.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// An id: never empty, at most so many characters, no control characters.
    Id(usize),
    /// A name that is never empty, likewise.
    Name(usize),
    /// One line or nothing, likewise.
    Line(usize),
    /// Many lines or nothing: tabs and line ends are allowed.
    Text(usize),
    /// One of these words, or nothing.
    Word(&'static [Word]),
    /// A phone number, or nothing.
    Phone,
}

/// A word, and how else people write it.
#[derive(Debug)]
pub struct Word {
    /// As it is stored.
    pub word: &'static str,
    /// As exports have it.
    pub aliases: &'static [&'static str],
}

const fn column(name: &'static str, aliases: &'static [&'static str], rule: Rule) -> Column {
    Column { name, aliases, rule, unique: matches!(rule, Rule::Id(_)) }
}

/// Who somebody is elsewhere: nobody else is that.
const fn account(name: &'static str, aliases: &'static [&'static str], max: usize) -> Column {
    Column { name, aliases, rule: Rule::Line(max), unique: true }
}

const fn word(word: &'static str, aliases: &'static [&'static str]) -> Word {
    Word { word, aliases }
}

/// `account_type`.
const ACCOUNT_TYPES: &[Word] = &[
    word("1", &["own", "internal", "内部", "内部成员"]),
    word("2", &["external", "外部", "外部成员", "外包"]),
];
/// The stages of a ticket.
const STATUSES: &[Word] = &[
    word("accepted", &["已受理", "待处理"]),
    word("in_progress", &["处理中", "in progress"]),
    word("pending_confirmation", &["待确认", "pending confirmation"]),
    word("done", &["完成", "已完成"]),
];
/// How urgent a ticket is.
const PRIORITIES: &[Word] = &[
    word("low", &["低"]),
    word("medium", &["中", "普通"]),
    word("high", &["高"]),
    word("urgent", &["紧急", "加急"]),
];

pub(super) const STAFF: &[Column] = &[
    column("staff_id", &["工号", "员工编号", "员工工号"], Rule::Id(NAME_ID_MAX)),
    column("name", &["姓名", "员工姓名", "名称"], Rule::Name(CASE_ID_MAX)),
    column("account_type", &["成员类型", "账号类型", "类型"], Rule::Word(ACCOUNT_TYPES)),
    account("union_id", &["unionid"], NAME_ID_MAX),
    // The platforms of `domain::staff::account`, in its order.
    account("dingtalk", &["钉钉", "钉钉账号"], CASE_ID_MAX),
    account("matrix", &[], CASE_ID_MAX),
    account("feishu", &["飞书", "飞书账号"], CASE_ID_MAX),
    account("wecom", &["企业微信", "企业微信账号"], CASE_ID_MAX),
    account("slack", &[], CASE_ID_MAX),
];
/// Where the columns of staff that name accounts on platforms begin.
pub(super) const FIRST_ACCOUNT: usize = 4;

const CUSTOMER: &[Column] = &[
    column("customer_id", &["客户编号", "客户号", "访客编号"], Rule::Id(NAME_ID_MAX)),
    column("name", &["姓名", "客户姓名", "客户名称", "访客姓名", "名称"], Rule::Name(CASE_ID_MAX)),
    column("phone", &["手机号", "手机", "电话", "联系电话"], Rule::Phone),
];
const TICKET: &[Column] = &[
    column("case_id", &["工单号", "工单编号", "ticket_id"], Rule::Id(CASE_ID_MAX)),
    column("title", &["标题", "工单标题", "主题"], Rule::Line(TITLE_MAX)),
    column("description", &["描述", "问题描述", "工单描述"], Rule::Text(DESCRIPTION_MAX)),
    column("status", &["状态", "工单状态"], Rule::Word(STATUSES)),
    column("priority", &["优先级"], Rule::Word(PRIORITIES)),
    column("assignee", &["处理人", "处理人工号", "受理人", "工号"], Rule::Line(NAME_ID_MAX)),
    column("customer", &["客户编号", "客户号", "访客编号", "customer_id"], Rule::Line(NAME_ID_MAX)),
];

/// What the help of an import tells of its columns.
pub fn help(noun: Noun) -> String {
    use std::fmt::Write as _;
    let mut text = format!(
        "Columns for `{} import` (a header may use any of the names; 中文表头也可以):\n",
        noun.word()
    );
    for column in noun.columns() {
        let names = [&[column.name][..], column.aliases].concat().join(", ");
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {names}\n      {}", column.rule.allowed());
    }
    let (word, id) = (noun.word(), noun.columns()[0].name);
    let _ = write!(
        text,
        "\nOnly {id} has to be there for rows that change what is there already. A column that the file does not have stays \
         as it is; an empty value takes away what is there; but status, priority and account_type stay, and a name is never empty.\n\n\
         Examples:\n  laqun {word} import {word}.csv --dry-run\n  laqun {word} import {word}.csv --errors refused.csv\n  \
         laqun {word} import refused.csv --errors still-refused.csv\n  \
         some-export | laqun {word} import - --format ndjson\n\n\
         An import that was interrupted goes on where it ended when the same command is run again. It may run while servers \
         work on the same data."
    );
    text
}

impl Noun {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Staff, Self::Customer, Self::Ticket];

    /// Its columns; the first is the id.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Staff => STAFF,
            Self::Customer => CUSTOMER,
            Self::Ticket => TICKET,
        }
    }

    /// The word of the command line and of the tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Customer => "customer",
            Self::Ticket => "ticket",
        }
    }

    /// The column that a header's text means. Blanks around it and the case of its letters do not matter.
    pub fn column(self, header: &str) -> Option<usize> {
        let header = header.trim().to_lowercase();
        self.columns().iter().position(|c| c.name == header || c.aliases.contains(&header.as_str()))
    }
}

impl Column {
    /// Checks a value; a word is brought into the spelling that is stored.
    pub(super) fn check(&self, value: &mut String) -> Result<(), Problem> {
        if value.is_empty()
            && matches!(self.rule, Rule::Line(_) | Rule::Text(_) | Rule::Word(_) | Rule::Phone)
        {
            return Ok(());
        }
        let wrong = |value: &str, why: String| Err(Problem::new(self.name, value, why, self.rule.allowed()));
        let checked = match self.rule {
            Rule::Word(words) => {
                let lower = value.trim().to_lowercase();
                let known = words.iter().find(|w| w.word == lower || w.aliases.contains(&lower.as_str()));
                let Some(known) = known else { return wrong(value, "unknown word".to_owned()) };
                known.word.clone_into(value);
                return Ok(());
            }
            Rule::Phone => match phone::clean(value) {
                Ok(clean) => {
                    *value = clean;
                    return Ok(());
                }
                Err(refusal) => Err(refusal),
            },
            Rule::Id(_) | Rule::Name(_) if value.trim().is_empty() => {
                return wrong(value, "empty".to_owned());
            }
            Rule::Id(max) | Rule::Name(max) | Rule::Line(max) => id::check(self.name, value, max),
            Rule::Text(max) => id::check_text(self.name, value, max),
        };
        checked.or_else(|refusal| wrong(value, refusal.to_string()))
    }
}

impl Rule {
    /// What is allowed, for people.
    pub fn allowed(self) -> String {
        match self {
            Self::Id(max) | Self::Name(max) => {
                format!("1 to {max} characters in one line, no control characters")
            }
            Self::Line(max) => format!("at most {max} characters in one line, no control characters"),
            Self::Phone => "a phone number: digits, with + and blanks or hyphens if you like".to_owned(),
            Self::Text(max) => {
                format!("at most {max} characters; of control characters only tabs and line ends")
            }
            Self::Word(words) => {
                let each = |w: &Word| [&[w.word][..], w.aliases].concat().join("/");
                words.iter().map(each).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{staff::account, ticket};

    #[test]
    fn the_words_of_a_ticket_are_those_of_its_rules() {
        let words = |list: &[Word]| list.iter().map(|w| w.word).collect::<Vec<_>>();
        assert_eq!(words(STATUSES), ticket::STATUSES);
        assert_eq!(words(PRIORITIES), ticket::PRIORITIES);
        assert_eq!(STAFF[FIRST_ACCOUNT..].iter().map(|c| c.name).collect::<Vec<_>>(), account::PLATFORMS);
    }

    #[test]
    fn no_header_means_two_columns_of_a_noun_and_every_alias_is_found_as_it_is_written() {
        for noun in Noun::ALL {
            for (index, column) in noun.columns().iter().enumerate() {
                for name in column.aliases.iter().chain([&column.name]) {
                    assert_eq!(noun.column(name), Some(index), "{name}");
                    assert_eq!(noun.column(&format!(" {} ", name.to_uppercase())), Some(index), "{name}");
                    let same = noun.columns().iter().filter(|c| c.name == *name || c.aliases.contains(name));
                    assert_eq!(same.count(), 1, "{name}");
                }
            }
        }
    }

    #[test]
    fn words_are_brought_into_the_stored_spelling_and_others_are_refused_with_the_list() {
        let status = &TICKET[3];
        for (given, stored) in
            [("处理中", "in_progress"), ("DONE", "done"), (" 已受理 ", "accepted"), ("", "")]
        {
            let mut value = given.to_owned();
            status.check(&mut value).expect(given);
            assert_eq!(value, stored);
        }
        let problem = status.check(&mut "开".to_owned()).expect_err("no status");
        assert_eq!((problem.column.as_str(), problem.value.as_str()), ("status", "开"));
        assert!(problem.allowed.contains("accepted/已受理"), "{}", problem.allowed);
    }
}
