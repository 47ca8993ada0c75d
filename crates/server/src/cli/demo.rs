//! `laqun demo`: the first thing anyone runs.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use serde_json::{Value, json};
use store::Folder;
use tokio::net::TcpListener;
use top::{Output, apis, client};

use super::{Failure, Global, LogFlags, call::send, print};
use crate::{
    app::{
        clock::Clock,
        ids::Ids,
        open::{Opened, open, take_folder},
    },
    config::{Below, Overrides, Settings},
    domain::{
        self,
        app::{self, secret::NewSecret},
        audit::Actor,
        channel::{self, NewChannel},
        customer::{self, NewCustomer},
        directory::DirectoryCache,
        staff::{self, NewStaff},
        tenant::{self, NewTenant, Unknown},
        ticket::{self, NewTicket},
    },
    observe::log::{self, Logging},
    ops,
    serve::{Ended, Parts, Serving, Signals, bind, start},
    web,
};

/// The documented sample app.
pub(super) const APP_KEY: &str = "12345678";
/// Its secret.
pub(super) const SECRET: &str = "helloworld";
const TENANT: i64 = 200_110_004;
const STAFF: &str = "123";
const CASE: &str = "123";
const OUTER_TYPE: &str = "111";
/// The embedded defaults are the demo's: what a laqun.toml beside it says of the real service is not for the sample. And
/// people read the demo's output; its log speaks up only when something is wrong, or when it is told to.
const BELOW: Below = Below {
    flag_only: &["database_url", "public_url", "master_key_file", "blobs", "ops_listen"],
    defaults: &[("log.level", "warn"), ("ops_listen", "")],
};
const CUSTOMER: &str = "demo-customer";

/// Make a group with the documented sample call, print answer and QR code, and go on serving.
///
/// It starts on the embedded defaults: database_url, public_url, master_key_file, blobs and ops_listen count only as flags.
/// Without --data the data is temporary. With --data DIR it stays, and `laqun serve --data DIR` goes on with it.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Where to listen; a free port is taken if this one is not free.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// How browsers and phones reach this server, instead of the listen address.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Exit after printing; 0 only if the call succeeded.
    #[arg(long)]
    once: bool,
    /// Serve the local network, so that a phone can scan the code; the sample secret is replaced by a random one.
    #[arg(long)]
    lan: bool,
    /// Where operations are: metrics, details of health, the log's level. Nowhere unless this is given.
    #[arg(long, value_name = "ADDRESS:PORT")]
    ops_listen: Option<String>,
    #[command(flatten)]
    log: LogFlags,
}

impl Demo {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let (settings, temporary) = self.settings(global)?;
        let signals = Signals::listen()?;
        let (logging, _log) = log::start(&settings.log)?;
        let folder = take_folder(&settings)?;
        let listener = listener(settings.listen).await?;
        let secret = self.secret();
        let serving = self.serve(settings, folder, listener, logging, &secret).await?;
        let told = tell(&serving, &secret, global.json).await;
        let called = match told {
            Ok(called) => called,
            Err(failure) => {
                let _ = serving.shut_down().await?;
                return Err(failure);
            }
        };
        if self.once {
            let _ = serving.shut_down().await?;
            return if called { Ok(()) } else { Err(Failure::Said) };
        }
        if !global.json {
            let kept = if temporary.is_some() { " The data is temporary, --data DIR keeps it." } else { "" };
            print::text(&format!("Serving. Ctrl-C ends it.{kept}"));
        }
        let ended = serving.until_signal(signals, None).await?;
        drop(temporary);
        if ended == Ended::Whole { Ok(()) } else { Err(Failure::Said) }
    }

    fn settings(&self, global: &Global) -> Result<(Settings, Option<tempfile::TempDir>), Failure> {
        let mut flags = Overrides::new();
        flags.extend(self.listen.clone().map(|v| ("listen", v)));
        flags.extend(self.public_url.clone().map(|v| ("public_url", v)));
        flags.extend(self.ops_listen.clone().map(|v| ("ops_listen", v)));
        flags.extend(self.log.clone().into_overrides());
        let mut temporary = None;
        if global.data.is_none() {
            let dir = tempfile::Builder::new().prefix("laqun-demo-").tempdir()?;
            flags.push(("data", dir.path().display().to_string()));
            temporary = Some(dir);
        }
        let mut settings = global.loaded_above(BELOW, flags)?.0.settings;
        if self.lan {
            let port = settings.listen.port();
            settings.listen = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        }
        Ok((settings, temporary))
    }

    fn secret(&self) -> String {
        if self.lan {
            data_encoding::HEXLOWER.encode(&Ids::system().random::<16>())
        } else {
            SECRET.to_owned()
        }
    }

    async fn serve(
        &self,
        mut settings: Settings,
        folder: Folder,
        listener: TcpListener,
        logging: Logging,
        secret: &str,
    ) -> Result<Serving, Failure> {
        if self.lan && settings.public_url.is_none() {
            let address = SocketAddr::new(lan_address()?, listener.local_addr()?.port());
            settings.public_url = Some(format!("http://{address}"));
        }
        let ops = match settings.ops_listen {
            Some(address) => ops::bind(address, true).await?,
            None => None,
        };
        let opened = open(&settings).await?;
        seed(&opened, secret, !self.lan).await?;
        Ok(start(Parts { settings, opened, folder, listener, ops, logging }).await?)
    }
}

/// The wanted address, or a free port of the same host.
async fn listener(wanted: SocketAddr) -> Result<TcpListener, Failure> {
    match TcpListener::bind(wanted).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Ok(bind(SocketAddr::new(wanted.ip(), 0)).await?)
        }
        Err(_) => Ok(bind(wanted).await?),
    }
}

/// This machine's address in the local network: the one it would use to reach others. Nothing is sent.
fn lan_address() -> anyhow::Result<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
    Ok(socket.local_addr()?.ip())
}

/// Puts the documented sample in place; what is there already stays.
async fn seed(opened: &Opened, secret: &str, demo: bool) -> Result<(), Failure> {
    let ids = Ids::system();
    let now_ms = Clock::System.now_ms();
    let actor = Actor { name: "demo".to_owned(), now_ms, act: ids.uuid(now_ms) };
    let new_tenant = NewTenant {
        id: TENANT,
        name: "云杉家电售后".to_owned(),
        unknown_outer_type: Unknown::Accept,
        unknown_case: Unknown::Accept,
        unknown_staff: Unknown::Refuse,
        corp_id: None,
        retention_days: None,
        channel: ids.uuid(now_ms),
    };
    let key = Arc::clone(&opened.key);
    let secret = NewSecret { id: ids.uuid(now_ms), text: secret.to_owned() };
    let first = actor.clone();
    let unit = move |tx: &mut store::Tx<'_>| {
        if tenant::list(tx, Some(TENANT))?.is_empty() {
            tenant::add(tx, &first, &new_tenant)?;
        }
        app::put_sample(tx, &first.numbered(0), &key, APP_KEY, &secret, demo)?;
        app::grant(tx, &first.numbered(1), APP_KEY, TENANT)
    };
    opened.store.write("demo.seed", unit).await?;
    seed_people(opened, &ids, &actor).await
}

async fn seed_people(opened: &Opened, ids: &Ids, actor: &Actor) -> Result<(), Failure> {
    let directory = DirectoryCache::default().reload(&opened.store, &opened.key).await?;
    let tenant = directory.tenant(TENANT).ok_or_else(|| anyhow::anyhow!("the demo's tenant is gone"))?;
    let now_ms = actor.now_ms;
    let person = NewStaff {
        id: ids.uuid(now_ms),
        staff_id: STAFF.to_owned(),
        name: "林晓".to_owned(),
        account_type: 1,
        user_identify: ids.user_identify(),
        union_id: None,
        accounts: Vec::new(),
    };
    let visitor = NewCustomer {
        phone: None,
        id: ids.uuid(now_ms),
        customer_id: CUSTOMER.to_owned(),
        name: "陈女士".to_owned(),
        user_identify: ids.user_identify(),
    };
    let ticket = NewTicket {
        case_id: CASE.to_owned(),
        title: "洗碗机安装后漏水".to_owned(),
        description: "昨天装的，今天开机后门下面漏水。".to_owned(),
        status: "in_progress".to_owned(),
        priority: "high".to_owned(),
        assignee: Some(STAFF.to_owned()),
        customer: Some(CUSTOMER.to_owned()),
    };
    let channel = NewChannel {
        id: ids.uuid(now_ms),
        name: "ticket-page".to_owned(),
        platform: "web".to_owned(),
        outer_types: vec![OUTER_TYPE.to_owned()],
        patience_ms: None,
        pending: None,
        default_owner: Some(STAFF.to_owned()),
        settings: "{}".to_owned(),
        default: true,
        hours: None,
        timezone: channel::TIMEZONE.to_owned(),
    };
    let actor = actor.clone();
    let unit = move |tx: &mut store::Tx<'_>| {
        if staff::find(tx, &tenant, STAFF)?.is_none() {
            staff::add(tx, &actor.numbered(2), &tenant, &person)?;
        }
        if customer::find(tx, &tenant, CUSTOMER)?.is_none() {
            customer::add(tx, &actor.numbered(3), &tenant, &visitor)?;
        }
        if ticket::find(tx, &tenant, CASE)?.is_none() {
            ticket::add(tx, &actor.numbered(4), &tenant, &ticket)?;
        }
        if channel::list(tx, &tenant, Some(&channel.name))?.is_empty() {
            channel::add(tx, &actor.numbered(5), &tenant, &channel)?;
        }
        Ok::<_, domain::Error>(())
    };
    Ok(opened.store.write("demo.people", unit).await?)
}

/// Makes the documented call over HTTP and prints it; true if it succeeded.
async fn tell(serving: &Serving, secret: &str, json: bool) -> Result<bool, Failure> {
    let object = json!({"case_id": CASE, "tenant_id": TENANT, "staff_id": STAFF, "outer_type": OUTER_TYPE})
        .to_string();
    let method = apis::GROUP_COMMUNICATION.name;
    let signed = client::Call::new(APP_KEY, secret, method, Clock::System.now_ms())
        .output(Output::JSON)
        .param("service_communication_request", &object)
        .sign();
    let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), serving.address.port());
    let base = if serving.address.ip().is_unspecified() { local } else { serving.address };
    let url = format!("http://{base}/router/rest?{}", signed.query);
    let body = send(&url, &signed, Duration::from_secs(30)).await?;
    let answer = client::read_answer(body.as_bytes()).map_err(anyhow::Error::new)?;
    let data = |name: &str| {
        let data = answer.outcome.as_ref().ok()?;
        data.text_at(&["result", "data", name]).map(std::borrow::Cow::into_owned)
    };
    let called =
        answer.outcome.as_ref().is_ok_and(|d| d.text_at(&["result", "success"]).as_deref() == Some("true"));
    let response: Value = serde_json::from_str(&body).unwrap_or(Value::String(body.clone()));
    let live = serving.app.live();
    let public = &live.public_url;
    if json {
        let request =
            json!({"method": method, "url": url, "body": signed.body, "base_string": signed.base_string});
        print::text(
            &json!({
                "url": public, "ops": serving.ops, "app_key": APP_KEY, "secret": secret, "request": request, "response": response,
                "group_link": data("group_link"), "group_qr_code": data("group_qr_code"),
                "account_type": data("account_type"), "team_group_id": data("team_group_id"),
            })
            .to_string(),
        );
        return Ok(called);
    }
    print::text(&format!(
        "laqun 拉群  {public}\n\napp_key {APP_KEY}  secret {secret}\nPOST {public}/router/rest  method={method}\n  service_communication_request={object}\n\n{}\n",
        serde_json::to_string_pretty(&response).unwrap_or(body)
    ));
    if let (true, Some(picture), Some(link)) = (called, data("group_qr_code"), data("group_link")) {
        let page = picture.trim_end_matches("/qr.png");
        let code = if std::io::IsTerminal::is_terminal(&std::io::stdout()) {
            web::qr::terminal(page)
        } else {
            web::qr::terminal_plain(page)
        };
        print::text(&code.map_err(anyhow::Error::new)?);
        print::text(&format!(
            "For the customer, scan or open:  {page}\nFor staff, signs in once within ten minutes:\n{link}\n"
        ));
    }
    Ok(called)
}
