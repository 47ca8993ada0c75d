//! Ids from outside, parsed once at the edge, and the spellings of our own.

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use uuid::Uuid;

use super::Refusal;

/// The most characters of a `case_id`.
pub const CASE_ID_MAX: usize = 128;
/// The most characters of a `staff_id`, an `outer_type` or a `customer_id`.
pub const NAME_ID_MAX: usize = 64;

/// Checks an id from outside: at most `max` characters and no control characters. It is compared byte for byte later,
/// so nothing is trimmed or folded here.
pub fn check(member: &'static str, value: &str, max: usize) -> Result<(), Refusal> {
    check_characters(member, value, max, char::is_control)
}

/// Checks a text of many lines: at most `max` characters, and no control characters but tabs and line ends.
pub fn check_text(member: &'static str, value: &str, max: usize) -> Result<(), Refusal> {
    check_characters(member, value, max, |c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// Checks that a word is one of `words`.
pub fn one_of(member: &'static str, value: &str, words: &[&str]) -> Result<(), Refusal> {
    if words.contains(&value) {
        return Ok(());
    }
    Err(Refusal::Invalid {
        member,
        zh: format!("{member} 只能是 {}", words.join("、")),
        en: format!("{member} is one of {}", words.join(", ")),
    })
}

fn check_characters(
    member: &'static str,
    value: &str,
    max: usize,
    refused: fn(char) -> bool,
) -> Result<(), Refusal> {
    let length = value.chars().count();
    if length > max {
        return Err(Refusal::Invalid {
            member,
            zh: format!("{member} 最长 {max} 个字符，收到 {length} 个"),
            en: format!("{member} takes at most {max} characters, got {length}"),
        });
    }
    if value.chars().any(refused) {
        return Err(Refusal::Invalid {
            member,
            zh: format!("{member} 不能包含控制字符"),
            en: format!("{member} must not contain control characters"),
        });
    }
    Ok(())
}

/// A group's `open_conversation_id`: `cid`, 22 base64url characters, `==`.
pub fn open_conversation_id(group: Uuid) -> String {
    let mut out = String::with_capacity(27);
    out.push_str("cid");
    BASE64URL_NOPAD.encode_append(group.as_bytes(), &mut out);
    out.push_str("==");
    out
}

/// The group that an `open_conversation_id` names, if it has that shape.
pub fn from_open_conversation_id(text: &str) -> Option<Uuid> {
    let inner = text.strip_prefix("cid")?.strip_suffix("==")?;
    Uuid::from_slice(&BASE64URL_NOPAD.decode(inner.as_bytes()).ok()?).ok()
}

/// A group's `team_group_id`: `chat` and 26 base32 characters, lower case.
pub fn team_group_id(group: Uuid) -> String {
    spelled("chat", group)
}

/// Our key for the group on every platform: `lq` and 26 base32 characters, lower case.
pub fn platform_key(group: Uuid) -> String {
    spelled("lq", group)
}

fn spelled(prefix: &str, id: Uuid) -> String {
    let mut out = String::with_capacity(prefix.len() + 26);
    out.push_str(prefix);
    BASE32_NOPAD.encode_append(id.as_bytes(), &mut out);
    out.make_ascii_lowercase();
    out
}

/// The group that a `team_group_id` names, if it has that shape.
pub fn from_team_group_id(text: &str) -> Option<Uuid> {
    let inner = text.strip_prefix("chat")?;
    if inner.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    Uuid::from_slice(&BASE32_NOPAD.decode(inner.to_ascii_uppercase().as_bytes()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_group_lead_back_to_it() {
        let id = Uuid::from_u128(0x0199_aabb_ccdd_7eef_8011_2233_4455_6677);
        let cid = open_conversation_id(id);
        assert_eq!((cid.len(), from_open_conversation_id(&cid)), (27, Some(id)));
        let chat = team_group_id(id);
        assert_eq!((chat.len(), from_team_group_id(&chat)), (30, Some(id)));
        assert_eq!(platform_key(id).len(), 28);
        for wrong in ["", "cid", "cid==", "cidxx==", "chat", "chat!", "CHAT", &chat.to_uppercase(), &cid[1..]]
        {
            assert_eq!(from_open_conversation_id(wrong), None, "{wrong}");
            assert_eq!(from_team_group_id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ids_from_outside_are_bounded_in_characters_not_bytes() {
        assert!(check("case_id", &"单".repeat(128), CASE_ID_MAX).is_ok());
        assert!(check("case_id", &"单".repeat(129), CASE_ID_MAX).is_err());
        for bad in ["a\0", "a\n", "\u{7f}", "\u{85}"] {
            assert!(check("case_id", bad, CASE_ID_MAX).is_err(), "{bad:?}");
        }
        assert!(check("case_id", " 1 ", CASE_ID_MAX).is_ok(), "blanks are part of an id");
        assert!(check_text("description", "a\r\n\tb", 5).is_ok());
        assert!(
            check_text("description", "a\0", 5).is_err() && check_text("description", "123456", 5).is_err()
        );
    }
}
