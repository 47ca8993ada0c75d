//! What waits or was given up: jobs, groups; and the sample app where it should not be.

use store::{Inspection, Read, record};

use super::{facts::Facts, finding::Finding};
use crate::app::is_loopback_url;

/// A job that has been due for so long is done by nobody.
const STUCK_MS: i64 = 60_000;

pub(super) fn jobs(facts: &mut Facts) -> Vec<Finding> {
    let (now_ms, is_served) = (facts.now_ms(), facts.is_served());
    let inspection = match facts.inspection("jobs") {
        Ok(inspection) => inspection,
        Err(skipped) => return skipped,
    };
    let depth = match inspection.jobs(now_ms) {
        Ok(Some(depth)) => depth,
        Ok(None) => return vec![Finding::ok("jobs", "none")],
        Err(error) => return vec![Finding::skipped("jobs", error.to_string())],
    };
    let late_ms = depth.oldest_due_ms.map_or(0, |due| now_ms - due);
    let measured = format!(
        "{} waiting or running, {} of them due, {} given up",
        depth.live, depth.overdue, depth.buried
    );
    let mut findings = vec![if late_ms > STUCK_MS {
        Finding::warning(
            "jobs",
            format!("{measured}; the oldest has been due for {} s", late_ms / 1000),
            if is_served {
                "look into the server's log for what its jobs wait for, and restart it if it says nothing"
            } else {
                "start `laqun serve`: nobody does them"
            },
        )
    } else {
        Finding::ok("jobs", measured)
    }];
    if depth.buried > 0 {
        findings.push(Finding::warning(
            "jobs.given_up",
            format!("{} jobs were given up", depth.buried),
            "see why with `laqun group list --json` (state failed) and `laqun group show`, cure the cause, then click 一键拉群 again or `laqun group retry`",
        ));
    }
    findings
}

record! {
    struct Failed {
        tenant_id: i64,
        failed: i64,
    }
}

pub(super) fn groups(facts: &mut Facts) -> Vec<Finding> {
    const FAILED: &str = "SELECT tenant_id, COUNT(*) AS failed FROM chat_group WHERE state = 'failed' \
        GROUP BY tenant_id ORDER BY tenant_id";
    let inspection = match facts.inspection("groups") {
        Ok(inspection) => inspection,
        Err(skipped) => return skipped,
    };
    let failed = match rows::<Failed>(inspection, "chat_group", FAILED) {
        Ok(failed) => failed,
        Err(error) => return vec![Finding::skipped("groups", error.to_string())],
    };
    if failed.is_empty() {
        return vec![Finding::ok("groups", "none has failed")];
    }
    let of: Vec<String> =
        failed.iter().map(|row| format!("{} of tenant {}", row.failed, row.tenant_id)).collect();
    vec![Finding::warning(
        "groups",
        format!("not made by their platform: {}", of.join(", ")),
        format!(
            "see cause and remedy with `laqun group list --tenant {0}` and `laqun group show`, then `laqun group retry`",
            failed[0].tenant_id
        ),
    )]
}

record! {
    struct Sample {
        app_key: String,
        demo: bool,
    }
}

pub(super) fn sample_app(facts: &mut Facts) -> Vec<Finding> {
    const SAMPLES: &str =
        "SELECT app_key, demo FROM app WHERE enabled = 1 AND (demo = 1 OR sample = 1) ORDER BY app_key";
    let is_at_home = facts.settings.listen.ip().is_loopback()
        && facts.public_url().is_some_and(|url| is_loopback_url(&url));
    let inspection = match facts.inspection("sample_app") {
        Ok(inspection) => inspection,
        Err(skipped) => return skipped,
    };
    let samples = match rows::<Sample>(inspection, "app", SAMPLES) {
        Ok(samples) => samples,
        Err(error) => return vec![Finding::skipped("sample_app", error.to_string())],
    };
    vec![match samples.first() {
        None => Finding::ok("sample_app", "not there, or switched off"),
        Some(_) if is_at_home => Finding::ok("sample_app", "there, and served to this machine only"),
        Some(Sample { app_key, demo }) => Finding::warning(
            "sample_app",
            if *demo {
                format!(
                    "{app_key} with its published secret; this server is not on loopback and refuses it with code 29"
                )
            } else {
                format!("{app_key} of `laqun demo --lan` may call from the network")
            },
            format!("make an app of your own with `laqun app add`, then `laqun app remove {app_key}`"),
        ),
    }]
}

/// The rows of a query, none where its table is not there yet.
pub(super) fn rows<T: store::Record>(
    inspection: &mut Inspection,
    table: &str,
    sql: &'static str,
) -> Result<Vec<T>, store::Error> {
    if inspection.has_table(table)? { inspection.all(sql, &[]) } else { Ok(Vec::new()) }
}
