//! `laqun staff link`.

use super::LinkTo;
use crate::{
    cli::{Failure, Global, session::Session},
    domain::{
        self, Refusal, audit,
        group::{link::Link, member, view},
        id, sign_in, staff,
    },
};

/// A link that signs the person in to the group.
pub(super) async fn link(
    global: &Global,
    session: &Session,
    LinkTo { staff_id, group, of }: LinkTo,
) -> Result<String, Failure> {
    let settings = global.settings(Vec::new())?;
    let public_url = settings.public_url_at(settings.listen);
    let tenant = session.tenant(of).await?;
    let id = id::from_open_conversation_id(&group).or_else(|| id::from_team_group_id(&group));
    let id = id.ok_or(domain::Error::from(Refusal::GroupNotExist))?;
    let find = {
        let (tenant, actor) = (tenant.clone(), session.actor());
        move |tx: &mut store::Tx<'_>| {
            let person =
                staff::find(tx, &tenant, &staff_id)?.filter(|p| p.active).ok_or(Refusal::StaffNotExist)?;
            let group = view::by_id(tx, &tenant, id)?.ok_or(Refusal::GroupNotExist)?;
            if !member::is_in(tx, tenant.id(), id, person.id)? {
                return Err(domain::Error::from(Refusal::StaffNotExist));
            }
            // Whoever has the link is that person: it is told who made it.
            audit::record(tx, &actor, tenant.id(), "staff.link", &staff_id)?;
            Ok((person, group))
        }
    };
    let (person, group) = session.write("staff.link", find).await?;
    let tickets = sign_in::Tickets::new(&session.opened.key);
    let st = tickets.mint(&session.ids, tenant.id(), person.id, group.id, session.now_ms);
    let link = Link {
        public_url: &public_url,
        corp_id: &tenant.entry().corp_id,
        group_name: &group.title,
        created: group.state.is_open(),
        open_conversation_id: &id::open_conversation_id(group.id),
        outer_type: &group.outer_type,
        tenant_id: tenant.id(),
        user_identify: &person.user_identify,
        st: Some(&st),
    };
    Ok(link.web())
}
