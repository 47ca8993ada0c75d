//! What the servers' processes used, from /proc.

use std::fs;

/// Kernel's unit of processor time as /proc tells it: `USER_HZ`, 100 on every Linux.
const TICK_US: f64 = 10_000.0;

/// Processor time in microseconds.
pub(crate) struct Cpu {
    pub(crate) server_us: f64,
    pub(crate) database_us: f64,
}

impl Cpu {
    pub(crate) fn read(server: &[u32], database: Option<u32>) -> Self {
        let server = server.iter().filter_map(|pid| stat(*pid)).map(|stat| stat.own).sum::<f64>();
        Self { server_us: server * TICK_US, database_us: database.map_or(0.0, tree) * TICK_US }
    }

    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            server_us: self.server_us - before.server_us,
            database_us: self.database_us - before.database_us,
        }
    }
}

struct Stat {
    parent: u32,
    own: f64,
    /// Of children that have ended.
    ended: f64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold blanks.
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |place: usize| fields.get(place)?.parse::<f64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: ticks(11)? + ticks(12)?,
        ended: ticks(13)? + ticks(14)?,
    })
}

/// A process, its children, and its children that have ended.
fn tree(root: u32) -> f64 {
    let Ok(entries) = fs::read_dir("/proc") else { return 0.0 };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| Some((pid, stat(pid)?)))
        .map(|(pid, stat)| {
            if pid == root {
                stat.own + stat.ended
            } else if stat.parent == root {
                stat.own
            } else {
                0.0
            }
        })
        .sum()
}

/// Resident memory of the processes together.
pub(crate) fn resident_mb(pids: &[u32]) -> f64 {
    let resident = |pid: &u32| {
        let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.parse::<f64>().ok()
    };
    pids.iter().filter_map(resident).sum::<f64>() / 1024.0
}
