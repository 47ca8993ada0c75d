//! One row of a file, and what is wrong with it.

use super::Problem;

/// A row as it was read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line it begins on; the first line of a file is 1.
    pub line: u64,
    /// By the order of [`Noun::columns`](super::Noun::columns): none where the row has no such column, empty where it has
    /// one without a value.
    pub cells: Vec<Option<String>>,
    /// What is wrong with it; a row is only written if nothing is.
    pub problems: Vec<Problem>,
    /// The whole line, where it could not even be taken apart.
    pub text: Option<String>,
}

impl Row {
    pub(super) fn new(line: u64, columns: usize) -> Self {
        Self { line, cells: vec![None; columns], problems: Vec::new(), text: None }
    }

    /// The value of a column that has one.
    pub fn value(&self, index: usize) -> Option<&str> {
        self.cells.get(index)?.as_deref().filter(|value| !value.is_empty())
    }

    /// How many bytes it holds, to bound what is kept in memory.
    pub fn size(&self) -> usize {
        self.cells.iter().flatten().map(String::len).sum::<usize>()
            + self.text.as_ref().map_or(0, String::len)
    }
}
