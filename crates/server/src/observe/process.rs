//! What the system tells of this process, under the names that Prometheus' own clients use.

use super::exposition::{Kind, Page, float};

/// Writes what can be known: elsewhere than on Linux, little.
pub(super) fn write(page: &mut Page, started_ms: i64) {
    let started = u64::try_from(started_ms).unwrap_or(0);
    page.one(
        "process_start_time_seconds",
        Kind::Gauge,
        "When the process started, in seconds since 1970.",
        float(started) / 1e3,
    );
    if let Some(seconds) = cpu_seconds() {
        page.one("process_cpu_seconds_total", Kind::Counter, "Processor time used, in seconds.", seconds);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    for (name, help, value) in [
        ("process_resident_memory_bytes", "Memory in use.", field("VmRSS:").map(|kib| kib * 1024)),
        ("process_virtual_memory_bytes", "Address space in use.", field("VmSize:").map(|kib| kib * 1024)),
        ("process_threads", "Threads.", field("Threads:")),
        (
            "process_open_fds",
            "File descriptors that are open.",
            // The one that reads the folder is gone again.
            std::fs::read_dir("/proc/self/fd").ok().map(|all| (all.count() as u64).saturating_sub(1)),
        ),
        ("process_max_fds", "File descriptors that may be open.", max_fds()),
    ] {
        if let Some(value) = value {
            page.one(name, Kind::Gauge, help, float(value));
        }
    }
}

/// Fields 14 and 15 of `/proc/self/stat`, counted behind the name of the program, which may hold anything.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let used = ticks()? + ticks()?;
    Some(float(used) / float(rustix::param::clock_ticks_per_second()))
}

fn max_fds() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}
