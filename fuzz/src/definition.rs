//! A definition with every kind of argument and answer, as the tests of the library have it.

use top::{Api, Field, Kind, SessionNeed};

pub(crate) static EVERYTHING: Api = Api {
    name: "taobao.laqun.test.everything",
    title_zh: "测试",
    title_en: "Test",
    description_zh: "",
    description_en: "",
    session: SessionNeed::Required,
    request: &[
        required("title", Kind::String),
        optional("count", Kind::Number),
        optional("flag", Kind::Boolean),
        optional("since", Kind::Date),
        optional("names", STRINGS),
        optional("ids", NUMBERS),
        optional("flags", list(&Kind::Boolean, "boolean")),
        optional("days", list(&Kind::Date, "date")),
        optional("order", ORDER),
        optional("orders", list(&ORDER, "test_order")),
    ],
    response: &[
        optional("note", Kind::String),
        optional("total", Kind::Number),
        optional("ok", Kind::Boolean),
        optional("at", Kind::Date),
        optional("names", STRINGS),
        optional("ids", NUMBERS),
        optional("order", ORDER),
        optional("orders", list(&ORDER, "test_order")),
    ],
};

const STRINGS: Kind = list(&Kind::String, "string");
const NUMBERS: Kind = list(&Kind::Number, "number");
const ORDER: Kind = Kind::Object {
    type_name: "TestOrder",
    fields: &[
        required("order_id", Kind::Number),
        required("buyer", Kind::String),
        optional("paid", Kind::Boolean),
        optional("lines", list(&LINE, "test_line")),
        optional("tags", STRINGS),
    ],
};
const LINE: Kind = Kind::Object {
    type_name: "TestLine",
    fields: &[optional("sku", Kind::String), optional("amount", Kind::Number)],
};

const fn list(item: &'static Kind, item_name: &'static str) -> Kind {
    Kind::List { item, item_name }
}

const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true, example: "", zh: "", en: "" }
}

const fn optional(name: &'static str, kind: Kind) -> Field {
    Field { required: false, ..required(name, kind) }
}
