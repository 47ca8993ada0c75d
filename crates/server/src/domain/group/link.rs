//! `group_link`: the staff page's permanent address and a sign-in ticket in its fragment.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is escaped inside a parameter: everything but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What goes into the link.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// Where this server is reached, without a slash at the end.
    pub public_url: &'a str,
    /// The company's id.
    pub corp_id: &'a str,
    /// The group's name.
    pub group_name: &'a str,
    /// Whether the group can be used already.
    pub created: bool,
    /// The group's `open_conversation_id`.
    pub open_conversation_id: &'a str,
    /// Where the call came from.
    pub outer_type: &'a str,
    /// The tenant's number.
    pub tenant_id: i64,
    /// The caller's `userIdentify`: it names, it grants nothing.
    pub user_identify: &'a str,
    /// The sign-in ticket; a link without one opens the page's gate.
    pub st: Option<&'a str>,
}

impl Link<'_> {
    /// The web channel's link: `{public_url}/customer-service/index.html?…#/mobileOperator/ticketCreate?ddtab=true&st=…`,
    /// the parameters in the order of the documented example.
    pub fn web(&self) -> String {
        let mut out = String::with_capacity(640);
        out.push_str(self.public_url);
        out.push_str("/customer-service/index.html?appType=servicerCreate");
        let tenant_id = self.tenant_id.to_string();
        let created = if self.created { "true" } else { "false" };
        for (name, value) in [
            ("corpId", self.corp_id),
            ("ddtab", "true"),
            ("dingGroupName", self.group_name),
            ("isTicketServicer", "true"),
            ("isgroupCreated", created),
            ("openConversationId", self.open_conversation_id),
            ("outerType", self.outer_type),
            ("tenantId", &tenant_id),
            ("userIdentify", self.user_identify),
        ] {
            // Writing to a String cannot fail.
            let _ = write!(out, "&{name}={}", utf8_percent_encode(value, ESCAPED));
        }
        out.push_str("#/mobileOperator/ticketCreate?ddtab=true");
        if let Some(st) = self.st {
            out.push_str("&st=");
            out.push_str(st);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_stand_in_the_documented_order_and_are_escaped() {
        let link = Link {
            public_url: "http://127.0.0.1:7700",
            corp_id: "laqun200110004",
            group_name: "贺景 & <b>",
            created: true,
            open_conversation_id: "cidxVCsb6h4If5WSyOrVnHhYQ==",
            outer_type: "a/b",
            tenant_id: 200_110_004,
            user_identify: "3j7iPMNl89PiP3CNyAKXFcdgiEi",
            st: Some("ticket"),
        };
        assert_eq!(
            link.web(),
            "http://127.0.0.1:7700/customer-service/index.html?appType=servicerCreate&corpId=laqun200110004&ddtab=true\
             &dingGroupName=%E8%B4%BA%E6%99%AF%20%26%20%3Cb%3E&isTicketServicer=true&isgroupCreated=true\
             &openConversationId=cidxVCsb6h4If5WSyOrVnHhYQ%3D%3D&outerType=a%2Fb&tenantId=200110004\
             &userIdentify=3j7iPMNl89PiP3CNyAKXFcdgiEi#/mobileOperator/ticketCreate?ddtab=true&st=ticket"
        );
    }
}
