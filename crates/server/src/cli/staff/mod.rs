//! `laqun staff`.

mod link;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Failure, Global,
    import::ImportFile,
    print::{self, members, time},
    scope::{OfTenant, Page},
    session::Session,
};
use crate::{
    domain::{
        self, Refusal, Tenant,
        change::Change,
        staff::{self, Account, NewStaff, Staff, StaffChange, account},
    },
    import::{Noun, column::help},
};

/// Add, list, show, change and remove staff; make a sign-in link.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a staff member. Who had left is back, as the same person.
    #[command(after_long_help = "Examples:\n  laqun staff add 124 --name 周岚\n  \
        laqun staff add w-7 --name 王五 --external\n  \
        laqun staff add 125 --name 贺景 --account dingtalk=manager4220 --union-id UNIONID")]
    Add(Add),
    /// Import staff from a CSV or NDJSON file.
    #[command(after_long_help = help(Noun::Staff))]
    Import(ImportFile),
    /// List staff by staff_id.
    #[command(after_long_help = "Examples:\n  laqun staff list\n  laqun staff list --after 125 --json")]
    List {
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Show a staff member with accounts.
    #[command(after_long_help = "Examples:\n  laqun staff show 124")]
    Show {
        /// The tenant's own id of the person.
        staff_id: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Change a staff member; what is not named stays.
    #[command(after_long_help = "Examples:\n  laqun staff set 124 --external\n  \
        laqun staff set 125 --account dingtalk=manager4221 --no-account matrix\n  laqun staff set 125 --no-union-id")]
    Set(Set),
    /// The person has left: clicks are refused, sessions end, accounts are free; what was done stays.
    #[command(
        after_long_help = "Examples:\n  laqun staff remove 124\n  laqun staff add 124 --name 周岚   # is back"
    )]
    Remove {
        /// The tenant's own id of the person.
        staff_id: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Print a link that signs the person in to a group, valid for ten minutes and once.
    #[command(
        after_long_help = "Examples:\n  laqun staff link 123 chat7777...\n  laqun staff link 123 cidxVCsb6h4If5WSyOrVnHhYQ=="
    )]
    Link(LinkTo),
}

/// A staff member to be.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// The tenant's own id of the person: staff_id on the wire.
    staff_id: String,
    /// The name people read.
    #[arg(long)]
    name: String,
    /// The person is outsourced or another organisation's: account_type 2.
    #[arg(long)]
    external: bool,
    /// DingTalk's unionId.
    #[arg(long)]
    union_id: Option<String>,
    /// Who the person is on a platform: dingtalk, matrix, feishu, wecom or slack.
    #[arg(long = "account", value_name = "PLATFORM=ACCOUNT", value_parser = account)]
    accounts: Vec<Account>,
    #[command(flatten)]
    of: OfTenant,
}

/// What is to change.
#[derive(Debug, Args)]
#[command(override_usage = "laqun staff set <STAFF_ID> CHANGES")]
pub(super) struct Set {
    /// The tenant's own id of the person.
    staff_id: String,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    of: OfTenant,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
struct Changes {
    /// The name people read.
    #[arg(long)]
    name: Option<String>,
    /// The person is outsourced or another organisation's: account_type 2.
    #[arg(long, conflicts_with = "internal")]
    external: bool,
    /// The person is the tenant's own: account_type 1.
    #[arg(long)]
    internal: bool,
    /// DingTalk's unionId.
    #[arg(long, conflicts_with = "no_union_id")]
    union_id: Option<String>,
    /// Forget it.
    #[arg(long)]
    no_union_id: bool,
    /// Where mail reaches the person when nobody attends to a customer.
    #[arg(long, conflicts_with = "no_email")]
    email: Option<String>,
    /// Forget it.
    #[arg(long)]
    no_email: bool,
    /// Who the person is on a platform, in place of the account there.
    #[arg(long = "account", value_name = "PLATFORM=ACCOUNT", value_parser = account)]
    accounts: Vec<Account>,
    /// Forget the account on a platform.
    #[arg(long = "no-account", value_name = "PLATFORM", value_parser = account::PLATFORMS)]
    no_accounts: Vec<String>,
}

/// A person and a group.
#[derive(Debug, Args)]
pub(super) struct LinkTo {
    /// The tenant's own id of the person.
    staff_id: String,
    /// The group: its open_conversation_id or team_group_id.
    group: String,
    #[command(flatten)]
    of: OfTenant,
}

fn account(text: &str) -> Result<Account, String> {
    let (platform, account) =
        text.split_once('=').ok_or("write platform=account, such as dingtalk=manager4220")?;
    if !account::PLATFORMS.contains(&platform) {
        return Err(format!("the platform is one of {}", account::PLATFORMS.join(", ")));
    }
    Ok(Account { platform: platform.to_owned(), account: account.to_owned() })
}

impl Verb {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let session = Session::open(global).await?;
        match self {
            Self::Add(add) => {
                let tenant = session.tenant(add.of).await?;
                let staff_id = add.staff_id.clone();
                let new = new_staff(&session, add);
                let actor = session.actor();
                session.write("staff.add", move |tx| staff::add(tx, &actor, &tenant, &new)).await?;
                print::done(global.json, &format!("staff {staff_id} added"), &json!({"staff_id": staff_id}));
            }
            Self::Import(import) => import.run(global, &session, Noun::Staff).await?,
            Self::List { page, of } => {
                let tenant = session.tenant(of).await?;
                let (after, asked) = (page.after.clone().unwrap_or_default(), page.asked());
                let list = move |r: &mut store::Reader<'_>| staff::list(r, &tenant, &after, asked);
                let rows = session.store().read("staff.list", list).await?;
                let rows: Vec<_> = rows.iter().map(|row| members(view_of(row))).collect();
                let columns = ["staff_id", "name", "account_type", "union_id", "active", "created_at"];
                print::page(global.json, &columns, rows, &page, "staff_id");
            }
            Self::Show { staff_id, of } => {
                let tenant = session.tenant(of).await?;
                let find = move |r: &mut store::Reader<'_>| there(r, &tenant, &staff_id);
                let (row, accounts) = session.store().read("staff.show", find).await?;
                print::object(global.json, &members(view(&row, &accounts)));
            }
            Self::Set(Set { staff_id, changes, of }) => {
                let tenant = session.tenant(of).await?;
                let (actor, id, change) = (session.actor(), staff_id.clone(), changes.into_change());
                let unit = move |tx: &mut store::Tx<'_>| {
                    staff::set(tx, &actor, &tenant, &id, &change)?;
                    there(tx, &tenant, &id)
                };
                let (row, accounts) = session.write("staff.set", unit).await?;
                print::done(global.json, &format!("staff {staff_id} changed"), &view(&row, &accounts));
            }
            Self::Remove { staff_id, of } => {
                let tenant = session.tenant(of).await?;
                let (actor, id) = (session.actor(), staff_id.clone());
                let unit = move |tx: &mut store::Tx<'_>| staff::remove(tx, &actor, &tenant, &id);
                session.write("staff.remove", unit).await?;
                let value = json!({"staff_id": staff_id});
                print::done(global.json, &format!("staff {staff_id} has left"), &value);
            }
            Self::Link(to) => {
                let link = link::link(global, &session, to).await?;
                print::done(global.json, &link, &json!({"group_link": link}));
            }
        }
        session.close().await;
        Ok(())
    }
}

fn new_staff(session: &Session, add: Add) -> NewStaff {
    NewStaff {
        id: session.ids.uuid(session.now_ms),
        staff_id: add.staff_id,
        name: add.name,
        account_type: if add.external { 2 } else { 1 },
        user_identify: session.ids.user_identify(),
        union_id: add.union_id,
        accounts: add.accounts,
    }
}

impl Changes {
    fn into_change(self) -> StaffChange {
        let account_type = match (self.external, self.internal) {
            (true, _) => Some(2),
            (_, true) => Some(1),
            _ => None,
        };
        StaffChange {
            name: self.name,
            account_type,
            union_id: Change::of(self.union_id, self.no_union_id),
            email: Change::of(self.email, self.no_email),
            accounts: self.accounts,
            no_accounts: self.no_accounts,
        }
    }
}

fn there(
    reader: &mut impl store::Read,
    tenant: &Tenant,
    staff_id: &str,
) -> Result<(Staff, Vec<Account>), domain::Error> {
    let row = staff::find(reader, tenant, staff_id)?.ok_or(Refusal::StaffNotExist)?;
    let accounts = account::list(reader, tenant, row.id)?;
    Ok((row, accounts))
}

fn view(row: &Staff, accounts: &[Account]) -> Value {
    let mut view = view_of(row);
    view["accounts"] = accounts.iter().map(|a| format!("{}={}", a.platform, a.account)).collect();
    view
}

fn view_of(row: &Staff) -> Value {
    json!({
        "staff_id": row.staff_id,
        "name": row.name,
        "account_type": row.account_type,
        "user_identify": row.user_identify,
        "union_id": row.union_id,
        "email": row.email,
        "active": row.active,
        "created_at": time(row.created_at),
    })
}
