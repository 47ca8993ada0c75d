//! Every mistake that a row can have.

/// A row that is refused: what it is, the noun, the file's name, its content, and of the one refusal the line, the column and
/// a part of what is said.
pub(super) type Mistake =
    (&'static str, &'static str, &'static str, Vec<u8>, u64, &'static str, &'static str);

fn csv(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn long(n: usize) -> String {
    "长".repeat(n)
}

/// All of them.
pub(super) fn mistakes() -> Vec<Mistake> {
    [shapes_and_lengths(), characters(), words_and_people(), rows_and_objects()].concat()
}

/// What a value may be.
fn shapes_and_lengths() -> Vec<Mistake> {
    vec![
        (
            "too few values",
            "staff",
            "a.csv",
            csv("staff_id,name\n1\n"),
            2,
            "",
            "1 values, the header has 2 columns",
        ),
        (
            "too many values",
            "staff",
            "a.csv",
            csv("staff_id,name\n1,a,b\n"),
            2,
            "",
            "3 values, the header has 2",
        ),
        ("an empty id", "staff", "a.csv", csv("staff_id,name\n ,a\n"), 2, "staff_id", "empty"),
        ("an empty name", "customer", "a.csv", csv("\n\ncustomer_id,name\n1,\n"), 4, "name", "empty"),
        (
            "a long id",
            "staff",
            "a.csv",
            csv(&format!("staff_id,name\n{},a\n", long(65))),
            2,
            "staff_id",
            "64 characters, got 65",
        ),
        (
            "a long case",
            "ticket",
            "a.csv",
            csv(&format!("case_id,title\n{},a\n", long(129))),
            2,
            "case_id",
            "got 129",
        ),
        (
            "a long title",
            "ticket",
            "a.csv",
            csv(&format!("case_id,title\n1,{}\n", long(201))),
            2,
            "title",
            "got 201",
        ),
        (
            "a long text",
            "ticket",
            "a.csv",
            csv(&format!("case_id,title,description\n1,a,{}\n", long(20_001))),
            2,
            "description",
            "got 20001",
        ),
    ]
}

/// Which characters it may have.
fn characters() -> Vec<Mistake> {
    vec![
        (
            "a control character",
            "staff",
            "a.csv",
            csv("staff_id,name\n1,a\u{7}b\n"),
            2,
            "name",
            "control characters",
        ),
        (
            "a line end in a title",
            "ticket",
            "a.csv",
            csv("case_id,title\n1,\"a\nb\"\n"),
            2,
            "title",
            "control characters",
        ),
        (
            "a null in a text",
            "ticket",
            "a.csv",
            csv("case_id,title,description\n1,a,b\0\n"),
            2,
            "description",
            "control",
        ),
    ]
}

/// Words, encodings and people that are not known.
fn words_and_people() -> Vec<Mistake> {
    vec![
        (
            "an unknown status",
            "ticket",
            "a.csv",
            csv("case_id,title,status\n1,a,open\n"),
            2,
            "status",
            "unknown word",
        ),
        (
            "an unknown priority",
            "ticket",
            "a.csv",
            csv("工单号,标题,优先级\n1,a,十万火急\n"),
            2,
            "priority",
            "unknown word",
        ),
        (
            "an unknown type",
            "staff",
            "a.csv",
            csv("staff_id,name,account_type\n1,a,3\n"),
            2,
            "account_type",
            "unknown word",
        ),
        (
            "no UTF-8",
            "staff",
            "a.csv",
            b"staff_id,name\n\"2\n\",\xe5\xbc\n1,\xe5\xbc\xa0\n".to_vec(),
            2,
            "name",
            "not utf-8",
        ),
        (
            "no UTF-8 in an object",
            "staff",
            "a.ndjson",
            b"{\"staff_id\":1,\"name\":\"\xff\xe5\xbc\xa0\"}".to_vec(),
            1,
            "",
            "not utf-8",
        ),
        (
            "an unknown assignee",
            "ticket",
            "a.csv",
            csv("case_id,title,assignee\n1,a,999\n"),
            2,
            "assignee",
            "nobody of that id",
        ),
        (
            "an unknown customer",
            "ticket",
            "a.csv",
            csv("case_id,title,customer\n1,a,999\n"),
            2,
            "customer",
            "nobody of that id",
        ),
        (
            "a new one without a name",
            "customer",
            "a.csv",
            csv("customer_id\n1\n"),
            2,
            "name",
            "not there yet",
        ),
        (
            "a new one without a title",
            "ticket",
            "a.csv",
            csv("case_id,status\n1,done\n"),
            2,
            "title",
            "not there yet",
        ),
    ]
}

/// Ids that are there twice, and what is no object.
fn rows_and_objects() -> Vec<Mistake> {
    vec![
        (
            "an id twice",
            "staff",
            "a.csv",
            csv("staff_id\n123\n\n123\n"),
            4,
            "staff_id",
            "line 2 has the same",
        ),
        (
            "a unionId twice",
            "staff",
            "a.csv",
            csv("staff_id,union_id\n123,\n123,\n"),
            3,
            "staff_id",
            "line 2 has the same",
        ),
        ("no object", "staff", "a.ndjson", csv("[1]"), 1, "", "not a JSON object"),
        ("half an object", "staff", "a.ndjson", csv("\n{\"staff_id\":\"1\",\n"), 2, "", "not a JSON object"),
        ("two objects", "staff", "a.ndjson", csv("{\"staff_id\":1} {}"), 1, "", "not a JSON object"),
        ("no id", "staff", "a.ndjson", csv("{\"name\":\"a\"}"), 1, "staff_id", "missing"),
        ("a null id", "staff", "a.ndjson", csv("{\"name\":\"a\",\"staff_id\":null}"), 1, "staff_id", "empty"),
        (
            "a list",
            "staff",
            "a.ndjson",
            csv("{\"name\":[\"a\"],\"staff_id\":1}"),
            1,
            "name",
            "a list instead",
        ),
        (
            "a truth",
            "staff",
            "a.ndjson",
            csv("{\"name\":true,\"staff_id\":1}"),
            1,
            "name",
            "true or false instead",
        ),
        (
            "a member twice",
            "staff",
            "a.ndjson",
            csv("{\"name\":\"a\",\"staff_id\":1,\"姓名\":\"b\"}"),
            1,
            "name",
            "given twice",
        ),
        (
            "an unknown member",
            "staff",
            "a.ndjson",
            csv("{\"name\":\"a\",\"staff_id\":1,\"x\":1}"),
            1,
            "x",
            "unknown member",
        ),
    ]
}
