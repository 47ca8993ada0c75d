//! What `tests/setup/clients.sh` installed.

use std::path::PathBuf;

/// The folder of installed clients. None, with a line that says so, where nobody asked for them; a failure where
/// everything must run.
pub(crate) fn clients_folder() -> Option<PathBuf> {
    let required = std::env::var("LAQUN_TEST_REQUIRE_POSTGRES").is_ok_and(|v| v == "1");
    match std::env::var_os("LAQUN_TEST_CLIENTS") {
        Some(folder) => Some(PathBuf::from(folder)),
        None if required => {
            panic!("LAQUN_TEST_REQUIRE_POSTGRES=1, and LAQUN_TEST_CLIENTS names no folder")
        }
        None => {
            println!("skipped: LAQUN_TEST_CLIENTS is not set (tests/setup/clients.sh installs them)");
            None
        }
    }
}
