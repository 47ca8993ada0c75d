//! Whether a server works on the data folder.

use store::{Folder, Holder};

use super::{facts::Facts, finding::Finding};

pub(super) fn check(facts: &mut Facts) -> Vec<Finding> {
    if let Err(error) = Folder::holder(&facts.settings.data) {
        return vec![Finding::warning(
            "server",
            error.to_string(),
            "run as the server's user, such as `sudo -u laqun laqun doctor`",
        )];
    }
    vec![match facts.holder {
        Holder::Nobody => Finding::ok("server", "none works on this data folder now"),
        Holder::Process(id) => Finding::ok("server", format!("process {id} works on this data folder")),
        Holder::Somebody => {
            Finding::ok("server", "a process works on this data folder, of another container it seems")
        }
    }]
}
