//! The client's reader: of XML it reads what `roxmltree` reads, as the same tree; nothing makes it stumble.

use roxmltree::{Document, Node};
use top::client::{Data, read_answer};

/// Deeper trees are refused by the client, and not looked at here: `roxmltree` has its own limit.
const DEEPEST: usize = 60;

pub(crate) fn run(input: &[u8]) {
    let ours = read_answer(input);
    let Ok(text) = std::str::from_utf8(input) else { return };
    let text = text.trim_start_matches('\u{feff}').trim();
    if !text.starts_with('<') {
        return;
    }
    // Document types are refused by both; `roxmltree` lets `</:a>` end `<a>`, and half a surrogate pair be a character.
    if text.contains("<:") || text.contains("</:") || !text.split("&#").skip(1).all(is_character) {
        return;
    }
    let Ok(document) = Document::parse(text) else { return };
    let root = document.root_element();
    let nodes = root.descendants();
    // Prefixes say nothing to the client: `a:b` is a name like any other to it.
    if document.descendants().any(|node| node.tag_name().namespace().is_some())
        || nodes.map(|node| node.ancestors().count()).max() > Some(DEEPEST)
    {
        return;
    }
    let expected = tree(root);
    let fault = root.tag_name().name() == "error_response";
    match (ours, &expected) {
        (Ok(answer), Data::Object(members)) => {
            let id = members.iter().rposition(|(name, _)| name == "request_id");
            let mut members = members.clone();
            let id = id.map(|at| members.remove(at).1);
            assert_eq!(answer.request_id, id.and_then(|data| data.text().map(Into::into)));
            match answer.outcome {
                Ok(data) => assert_eq!(data, Data::Object(members)),
                Err(read) => {
                    let said = expected.text_at(&["code"]).and_then(|code| code.parse().ok());
                    assert!(fault && said == Some(read.code), "{read:?}");
                }
            }
        }
        (Ok(answer), Data::Text(text)) => {
            assert!(text.is_empty() && answer.outcome == Ok(Data::Object(Vec::new())), "{answer:?}");
        }
        (Ok(answer), other) => panic!("{answer:?} from {other:?}"),
        // A fault without a code, or no members at all: no gateway's answer.
        (Err(_), Data::Object(_)) => {
            let code = expected.text_at(&["code"]).map(|code| code.parse::<u16>().is_ok());
            assert!(fault && code != Some(true), "{text} is refused");
        }
        (Err(_), other) => assert!(fault || other.text().is_some_and(|text| !text.is_empty()), "{text}"),
    }
}

fn tree(node: Node<'_, '_>) -> Data {
    let elements: Vec<_> = node.children().filter(Node::is_element).collect();
    if elements.is_empty() {
        return Data::Text(node.children().filter(Node::is_text).filter_map(|node| node.text()).collect());
    }
    Data::Object(elements.into_iter().map(|node| (node.tag_name().name().to_owned(), tree(node))).collect())
}

/// What stands after `&#`: the number of a character, or nothing of the kind.
fn is_character(reference: &str) -> bool {
    let number = reference.split(';').next().unwrap_or_default();
    let number =
        number.strip_prefix('x').map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
    number.is_none_or(|number| char::from_u32(number).is_some())
}
