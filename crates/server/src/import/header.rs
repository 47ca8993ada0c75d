//! The first row of a CSV file: which value of a row belongs to which column.

use super::{Encoding, Error, Noun, column::Column};

/// The columns that a report of refused rows adds; files that have them are read as if they had not.
pub(super) const REFUSED: &str = "refused";

/// What a header says.
#[derive(Debug)]
pub(super) struct Header {
    /// The column of each value; none for values that are passed over.
    pub(super) places: Vec<Option<usize>>,
    /// The names as the file has them, by column.
    pub(super) names: Vec<(usize, String)>,
}

impl Header {
    /// Reads a header. All that is wrong with it is said at once.
    pub(super) fn read(
        noun: Noun,
        names: &[String],
        encoding: Encoding,
        ignore_unknown: bool,
    ) -> Result<Self, Error> {
        let columns = noun.columns();
        let mut header = Self { places: Vec::new(), names: Vec::new() };
        let mut wrong = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let place = noun.column(name);
            match place {
                Some(column) => match header.names.iter().find(|(earlier, _)| *earlier == column) {
                    Some((_, earlier)) => {
                        wrong.push(format!(
                            "`{}` and `{}` both mean the column {}: keep one",
                            shown(earlier),
                            shown(name),
                            columns[column].name
                        ));
                    }
                    None => header.names.push((column, name.trim().to_owned())),
                },
                None if ignore_unknown || is_of_report(name) => {}
                None if name.trim().is_empty() => wrong.push(format!("column {} has no name", at + 1)),
                None => wrong.push(format!("unknown column `{}`", shown(name))),
            }
            header.places.push(place);
        }
        if !header.names.iter().any(|(column, _)| *column == 0) {
            wrong.push(format!("the column {} is missing", columns[0].name));
        }
        if wrong.is_empty() {
            return Ok(header);
        }
        Err(Error::Header(format!(
            "the header (the first row, read as {}) cannot be used: {}. The columns of `{} import` are {}. Correct the header, or pass over \
             columns that are not known with --ignore-unknown",
            encoding.word(),
            wrong.join("; "),
            noun.word(),
            known(columns),
        )))
    }
}

/// Whether a report of refused rows has written this column.
pub(super) fn is_of_report(name: &str) -> bool {
    let name = name.trim();
    name == REFUSED || name.strip_prefix(REFUSED).is_some_and(|rest| rest.starts_with('_'))
}

/// The columns with their other names.
pub(super) fn known(columns: &[Column]) -> String {
    let each = |c: &Column| match c.aliases {
        [] => c.name.to_owned(),
        aliases => format!("{} ({})", c.name, aliases.join(", ")),
    };
    columns.iter().map(each).collect::<Vec<_>>().join("; ")
}

fn shown(name: &str) -> String {
    name.trim().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(noun: Noun, header: &str, ignore: bool) -> Result<Vec<Option<usize>>, String> {
        let names: Vec<String> = header.split(',').map(str::to_owned).collect();
        Header::read(noun, &names, Encoding::Utf8, ignore)
            .map(|h| h.places)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_header_may_be_english_or_chinese_in_any_order() {
        assert_eq!(read(Noun::Staff, "name,staff_id", false), Ok(vec![Some(1), Some(0)]));
        assert_eq!(read(Noun::Staff, " 姓名 ,工号,类型", false), Ok(vec![Some(1), Some(0), Some(2)]));
        assert_eq!(
            read(Noun::Ticket, "状态,工单号,refused_line,refused_why", false),
            Ok(vec![Some(3), Some(0), None, None])
        );
        assert_eq!(read(Noun::Customer, "customer_id,传真,", true), Ok(vec![Some(0), None, None]));
    }

    #[test]
    fn everything_that_is_wrong_with_a_header_is_said_at_once_with_what_is_known() {
        let said = read(Noun::Staff, "姓名,name,电话,", false).expect_err("wrong");
        for part in [
            "`姓名` and `name` both mean the column name",
            "unknown column `电话`",
            "column 4 has no name",
            "the column staff_id is missing",
            "staff_id (工号",
            "--ignore-unknown",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
