//! What most verbs take: the tenant, and which page of a list.

use clap::Args;

/// Of which tenant.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct OfTenant {
    /// The tenant; the only one without it.
    #[arg(long, value_name = "TENANT")]
    pub(super) tenant: Option<i64>,
}

/// Which page of a list.
#[derive(Debug, Clone, Args)]
pub(super) struct Page {
    /// Begin after this row of the list, as the page before said.
    #[arg(long, value_name = "ROW")]
    pub(super) after: Option<String>,
    /// How many rows at most.
    #[arg(long, value_name = "ROWS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

impl Page {
    /// Rows on the page.
    pub(super) fn rows(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    /// Rows to ask for: one more than are shown tells that more follow.
    pub(super) fn asked(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}
