//! One definition per API. Argument parsing, rendering, the documentation page and its samples follow from it.

use crate::arguments::Arguments;
use crate::code::Code;
use crate::fault::Fault;
use crate::request::Request;

/// An API, as the platform's documentation page describes it.
#[derive(Debug)]
pub struct Api {
    /// The value of `method`: dotted, lower case.
    pub name: &'static str,
    /// The title in Chinese, as published.
    pub title_zh: &'static str,
    /// The title in English.
    pub title_en: &'static str,
    /// One line about it in Chinese, as published.
    pub description_zh: &'static str,
    /// One line about it in English.
    pub description_en: &'static str,
    /// Whether a user must have authorised the app.
    pub session: SessionNeed,
    /// Business parameters, in the order of the page.
    pub request: &'static [Field],
    /// Members of the answer, in the order of the page, which is the order on the wire.
    pub response: &'static [Field],
}

/// Whether a call needs the parameter `session`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionNeed {
    /// 不需要授权: ignored if sent.
    NotNeeded,
    /// 可选授权
    Optional,
    /// 需要授权
    Required,
}

/// A parameter, or a member of an object.
#[derive(Debug)]
pub struct Field {
    /// The name on the wire, snake case.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether a request without it is refused (40). Means nothing in an answer.
    pub required: bool,
    /// An example value as the page shows it; `""` if it shows none.
    pub example: &'static str,
    /// What it is, in Chinese, as published.
    pub zh: &'static str,
    /// What it is, in English.
    pub en: &'static str,
}

/// The types of TOP.
#[derive(Debug)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number of 64 bits.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `yyyy-MM-dd HH:mm:ss` in GMT+8.
    Date,
    /// An object; as a parameter it travels as JSON text.
    Object {
        /// The name of its type, such as `ResultDO`.
        type_name: &'static str,
        /// Its members.
        fields: &'static [Field],
    },
    /// A list. As a parameter, simple items may travel joined by commas; objects travel as a JSON array.
    List {
        /// The type of the items.
        item: &'static Kind,
        /// What one item is called inside the wrapper of a list in XML and unsimplified JSON: `string`,
        /// `number`, or the item's type in snake case.
        item_name: &'static str,
    },
}

impl Kind {
    /// The type as the page writes it: `String`, `ResultDO`, `Number []`.
    pub fn title(&self) -> String {
        match self {
            Kind::String => "String".to_owned(),
            Kind::Number => "Number".to_owned(),
            Kind::Boolean => "Boolean".to_owned(),
            Kind::Date => "Date".to_owned(),
            Kind::Object { type_name, .. } => (*type_name).to_owned(),
            Kind::List { item, .. } => format!("{} []", item.title()),
        }
    }
}

impl Api {
    /// The name of an answer's root: the method without a leading `taobao.`, dots as underscores, `_response`.
    ///
    /// ```
    /// assert_eq!(top::apis::TIME_GET.root(), "time_get_response");
    /// ```
    pub fn root(&self) -> String {
        root(self.name)
    }

    /// Reads the arguments of a call, leniently: see [`crate::arguments`].
    ///
    /// # Errors
    /// * 40 `Missing required arguments:<name>`
    /// * 41 `Invalid arguments:<name>`; `<name>` is the parameter if its text is not of its type at all, and the
    ///   member if something inside is wrong.
    pub fn arguments<'r>(&self, request: &'r Request) -> Result<Arguments<'r>, Fault> {
        Arguments::read(self.request, request)
    }

    /// Checks that a session came with the call if the API needs one. Whether it is valid (27) is for the caller
    /// to say.
    ///
    /// # Errors
    /// 26 `Missing session`.
    pub fn check_session(&self, request: &Request) -> Result<(), Fault> {
        if self.session == SessionNeed::Required && request.session().is_none() {
            return Err(Fault::platform(Code::MissingSession));
        }
        Ok(())
    }
}

pub(crate) fn root(method: &str) -> String {
    let name = method.strip_prefix("taobao.").unwrap_or(method);
    let mut root = String::with_capacity(name.len() + "_response".len());
    root.extend(name.chars().map(|c| if c == '.' { '_' } else { c }));
    root.push_str("_response");
    root
}
