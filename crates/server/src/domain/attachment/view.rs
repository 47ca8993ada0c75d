//! A file as messages tell of it.

use serde_json::{Map, Value, json};

use super::Attachment;

/// The member `file` of a message: what a page needs to show it. The bytes are at an address made of `id`.
pub fn view(file: &Attachment) -> Value {
    let mut told = Map::new();
    told.insert("id".to_owned(), json!(file.id.to_string()));
    told.insert("kind".to_owned(), json!(file.kind.word()));
    told.insert("name".to_owned(), json!(file.name));
    told.insert("type".to_owned(), json!(file.media_type));
    told.insert("bytes".to_owned(), json!(file.bytes));
    for (member, value) in [("width", file.width), ("height", file.height), ("ms", file.duration_ms)] {
        if let Some(value) = value {
            told.insert(member.to_owned(), json!(value));
        }
    }
    told.insert("thumb".to_owned(), json!(file.thumb.is_some()));
    Value::Object(told)
}
