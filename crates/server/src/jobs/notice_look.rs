//! `notice.unattended` and `notice.unanswered`: a look at a customer who waits.

use std::sync::Arc;

use store::{Claimed, Jobs, Outcome};

use crate::{
    app::App,
    domain::{
        Error,
        notice::{self, Due, Look, Silence, Step},
    },
};

pub(super) async fn run(app: &App, jobs: &Jobs, job: &Claimed) -> Result<(), Error> {
    let payload: serde_json::Value = serde_json::from_str(&job.payload).unwrap_or_default();
    let (Some(silence), Some(step)) =
        (Silence::from_payload(job.tenant_id, &payload), Step::from_word(&job.kind))
    else {
        return super::unreadable(app, jobs, job).await;
    };
    let directory = app.directory.fresh(&app.store, &app.key).await?;
    let tenant = directory.tenant(job.tenant_id).ok_or(Error::Stale)?;
    let channel = notice::channel(&app.store, &tenant, silence.group).await?;
    let (webhook, mail) = (tenant.entry().notify_url.is_some(), app.live().settings.smtp.host.is_some());
    let (now_ms, looked) = (app.clock.now_ms(), job.attempts - 1);
    let (instance, job) = (jobs.instance().to_owned(), job.clone());
    let unit = move |tx: &mut store::Tx<'_>| {
        let channel = channel.as_ref().map(Arc::as_ref);
        let look = Look { tenant: &tenant, silence, step, looked, channel, webhook, mail, now_ms };
        let outcome = match notice::look(tx, &look)? {
            Due::Done => Outcome::Done,
            Due::Later(after_ms, why) => Outcome::Retry { after_ms, cause: why.to_owned() },
        };
        if tx.finish(&instance, &job, &outcome, now_ms)? { Ok(()) } else { Err(Error::Stale) }
    };
    match app.store.write("notice.look", unit).await {
        // Somebody else holds the job now.
        Err(Error::Stale) => Ok(()),
        other => other.map(|()| app.hub.touch(silence.group)),
    }
}
