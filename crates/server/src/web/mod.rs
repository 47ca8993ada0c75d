//! What a browser gets: pages, the texts on them, style sheets, scripts and QR codes.
//!
//! Everything here is a pure function of its arguments: no HTTP framework, no database, no clock. A handler
//! looks up the facts, fills a view struct and calls its `render`. All that comes from outside is escaped by
//! the templates and cleaned of characters that reorder or hide text (`show`).
//!
//! | page | view |
//! | --- | --- |
//! | `/g/{token}`, a group | [`GroupPage`] |
//! | `/g/{token}`, a token that leads nowhere | [`LinkProblemPage`] |
//! | `/customer-service/index.html`, not signed in | [`GatePage`] |
//! | the same, signed in | [`StaffPage`] |
//! | the same, group unknown, foreign or not his | [`NoGroupPage`] |
//! | `/g/{token}/poster`, to print | [`poster::PosterPage`] |
//! | any error | [`ErrorPage`] |

pub mod assets;
mod customer;
mod errors;
mod headers;
mod lang;
pub mod poster;
pub mod qr;
mod scripts;
pub(crate) mod show;
mod staff;
mod states;
pub mod transcript;
mod when;
mod words;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use customer::{GroupPage, LinkProblem, LinkProblemPage};
pub use errors::ErrorPage;
pub use headers::{ASSET_CACHE_CONTROL, CONTENT_SECURITY_POLICY, PAGE_HEADERS};
pub use lang::{Bilingual, Lang};
pub use staff::{
    AccountType, GatePage, Me, Member, MemberKind, NoGroupPage, Outcome, StaffGroup, StaffPage, Ticket,
    TimelineEntry,
};
pub use states::{GroupState, Priority, TicketStatus};
pub use when::Now;
