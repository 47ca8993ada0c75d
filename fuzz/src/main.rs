//! The binary that libFuzzer drives. `LAQUN_FUZZ_TARGET` names the target; `run.sh` sets it.
#![no_main]

use std::sync::LazyLock;

use laqun_fuzz::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("LAQUN_FUZZ_TARGET").unwrap_or_default();
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    TARGETS
        .iter()
        .find(|target| target.name == name)
        .unwrap_or_else(|| panic!("LAQUN_FUZZ_TARGET is `{name}`; it must be one of {}", names.join(", ")))
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| (TARGET.run)(input));
