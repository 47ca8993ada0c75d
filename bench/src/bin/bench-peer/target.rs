//! What an operation is on each server.

use anyhow::Context as _;
use clap::ValueEnum;
use hyper::{Method, Request};
use top::{SignMethod, apis, client::Call};

use crate::{Options, Work, connection::Connection};

/// What answers.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// Signed TOP calls
    Laqun,
    /// HTTP API, multi-user chat
    Ejabberd,
    /// Matrix client API
    Synapse,
}

/// One request of an operation.
#[derive(Clone)]
pub(crate) struct Step {
    method: Method,
    /// `{room}` stands for the room that the answer before this one names, `{group}` for the group in its link.
    path: String,
    kind: &'static str,
    /// A header that says who asks.
    who: Option<(&'static str, String)>,
    body: String,
    /// Every right answer has it.
    pub(crate) expected: &'static str,
}

pub(crate) type Operation = Vec<Step>;

impl Step {
    pub(crate) fn request(&self, before: &str) -> Request<String> {
        let mut path = self.path.clone();
        if let Some(room) = between(before, r#""room_id":""#, '"') {
            path = path.replace("{room}", &room.replace('!', "%21").replace(':', "%3A"));
        }
        if let Some(group) = between(before, "openConversationId=", '&') {
            path = path.replace("{group}", group);
        }
        let mut request = Request::builder().method(&self.method).uri(path).header("content-type", self.kind);
        if let Some((header, value)) = &self.who {
            request = request.header(*header, value);
        }
        request.body(self.body.clone()).expect("what is sent is written in this file")
    }
}

fn between<'t>(text: &'t str, before: &str, after: char) -> Option<&'t str> {
    text.split_once(before).and_then(|(_, rest)| rest.split(after).next())
}

/// What is made before the load begins.
pub(crate) enum Operations {
    /// Signed requests: operation N of the run.
    Signed { from: u64, all: Vec<Operation> },
    /// Rooms named by the prefix and a number.
    Ejabberd { work: Work, prefix: String },
    /// One caller a connection, by access token.
    Synapse { work: Work, callers: Vec<String> },
}

/// Matrix users that can be invited.
const INVITED: u64 = 40;
/// Staff that `bench-data fill` makes.
const STAFF: u64 = 200;

pub(crate) async fn prepare(options: &Options) -> anyhow::Result<Operations> {
    match options.target {
        Target::Laqun => {
            let from = options.from;
            let sessions = match options.work {
                Work::Message => sign_in(options).await?,
                Work::Bare | Work::Members => Vec::new(),
            };
            let all = (from..from + options.prepare).map(|n| signed(options, &sessions, n)).collect();
            Ok(Operations::Signed { from, all })
        }
        Target::Ejabberd => Ok(Operations::Ejabberd { work: options.work, prefix: options.prefix.clone() }),
        Target::Synapse => {
            let mut connection = Connection::open(options.address).await?;
            for number in 0..INVITED {
                register(&mut connection, &format!("member{number}")).await?;
            }
            let mut callers = Vec::new();
            for number in 0..options.connections {
                let token = register(&mut connection, &format!("{}{number}", options.prefix)).await?;
                callers.push(token.context("--prefix must be a new one")?);
            }
            Ok(Operations::Synapse { work: options.work, callers })
        }
    }
}

impl Operations {
    pub(crate) fn of(&self, place: usize, number: u64) -> Option<Operation> {
        match self {
            Self::Signed { from, all } => all.get(usize::try_from(number - from).ok()?).cloned(),
            Self::Ejabberd { work, prefix } => Some(ejabberd(*work, &format!("{prefix}{number}"), number)),
            Self::Synapse { work, callers } => Some(synapse(*work, callers.get(place)?, number)),
        }
    }
}

/// A click; for four members the ticket has an assignee and a customer, and a colleague clicks too; who clicked first writes
/// the first message.
fn signed(options: &Options, sessions: &[String], number: u64) -> Operation {
    let agent = |number: u64| number % STAFF;
    let click = |number: u64, agent: u64| click(options, &format!("{}{number}", options.prefix), agent);
    let mut steps = vec![click(number, agent(number))];
    if options.work != Work::Bare {
        steps.push(click(number, agent(number + 133)));
    }
    let session = usize::try_from(agent(number)).ok().and_then(|agent| sessions.get(agent));
    if let (Work::Message, Some(session)) = (options.work, session) {
        let body = format!(
            r#"{{"client_id":"00000000-0000-7000-8000-{number:012x}","lane":"customer","kind":"text","text":"您好，这里是工单 {number} 的群。"}}"#
        );
        let path = "/customer-service/groups/{group}/messages".to_owned();
        steps.push(Step {
            who: Some(("cookie", session.clone())),
            ..json(Method::POST, path, None, body, "201 ")
        });
    }
    steps
}

fn click(options: &Options, case_id: &str, agent: u64) -> Step {
    let object = format!(
        r#"{{"case_id":"{case_id}","outer_type":"111","staff_id":"agent-{agent}","tenant_id":200110004}}"#
    );
    let call = Call::new("12345678", "helloworld", apis::GROUP_COMMUNICATION.name, options.now * 1000)
        .sign_method(SignMethod::HmacSha256)
        .partner_id("top-sdk-java-dynamicVersionNo")
        .param("service_communication_request", object)
        .sign();
    Step {
        method: Method::POST,
        path: format!("/router/rest?{}", call.query),
        kind: "application/x-www-form-urlencoded;charset=utf-8",
        who: None,
        body: call.body,
        expected: r#""success":true"#,
    }
}

/// The sessions of all agents, as their browsers have them all day: each clicks once and opens the link.
async fn sign_in(options: &Options) -> anyhow::Result<Vec<String>> {
    let mut connection = Connection::open(options.address).await?;
    let mut sessions = Vec::new();
    for agent in 0..STAFF {
        let step = click(options, &format!("session-{}{agent}", options.prefix), agent);
        let answer = connection.ask(step.request("")).await?;
        let ticket = between(&answer, "&st=", '"').with_context(|| answer.clone())?;
        let path = "/customer-service/session".to_owned();
        let redeem = json(Method::POST, path, None, format!(r#"{{"st":"{ticket}"}}"#), "");
        let answer = connection.ask(redeem.request("")).await?;
        let cookie = between(&answer, "200 ", ';').with_context(|| answer.clone())?;
        sessions.push(cookie.to_owned());
    }
    Ok(sessions)
}

fn json(method: Method, path: String, token: Option<String>, body: String, expected: &'static str) -> Step {
    let who = token.map(|token| ("authorization", token));
    Step { method, path, kind: "application/json", who, body, expected }
}

/// A persistent room with an archive, closed to strangers; an affiliation makes a member.
fn ejabberd(work: Work, room: &str, number: u64) -> Operation {
    let call = |name: &str, body: String| json(Method::POST, format!("/api/{name}"), None, body, "200 0");
    let options = r#"[{"name":"persistent","value":"true"},{"name":"members_only","value":"true"},{"name":"mam","value":"true"}]"#;
    let mut steps = vec![call(
        "create_room_with_opts",
        format!(
            r#"{{"name":"{room}","service":"conference.localhost","host":"localhost","options":{options}}}"#
        ),
    )];
    if work != Work::Bare {
        steps.extend((0..4).map(|place| {
            let member = (number * 4 + place) % INVITED;
            call(
                "set_room_affiliation",
                format!(
                    r#"{{"name":"{room}","service":"conference.localhost","jid":"member{member}@localhost","affiliation":"member"}}"#
                ),
            )
        }));
    }
    if work == Work::Message {
        steps.push(call(
            "send_message",
            format!(
                r#"{{"type":"groupchat","from":"admin@localhost","to":"{room}@conference.localhost","subject":"","body":"您好，这里是工单 {number} 的群。"}}"#
            ),
        ));
    }
    steps
}

/// A private room; four people are invited in the call that makes it.
fn synapse(work: Work, caller: &str, number: u64) -> Operation {
    let token = || Some(format!("Bearer {caller}"));
    let invited: Vec<String> =
        (0..4).map(|place| format!(r#""@member{}:localhost""#, (number * 4 + place) % INVITED)).collect();
    let invite = if work == Work::Bare { String::new() } else { invited.join(",") };
    let body = format!(r#"{{"name":"工单 {number}","preset":"private_chat","invite":[{invite}]}}"#);
    let mut steps =
        vec![json(Method::POST, "/_matrix/client/v3/createRoom".to_owned(), token(), body, r#""room_id":""#)];
    if work == Work::Message {
        let body = format!(r#"{{"msgtype":"m.text","body":"您好，这里是工单 {number} 的群。"}}"#);
        let path = format!("/_matrix/client/v3/rooms/{{room}}/send/m.room.message/t{number}");
        steps.push(json(Method::PUT, path, token(), body, r#""event_id":""#));
    }
    steps
}

/// Registers a user and gives the access token; none if the name is taken.
async fn register(connection: &mut Connection, name: &str) -> anyhow::Result<Option<String>> {
    let body =
        format!(r#"{{"username":"{name}","password":"bench-{name}","auth":{{"type":"m.login.dummy"}}}}"#);
    let path = "/_matrix/client/v3/register".to_owned();
    let answer = connection.ask(json(Method::POST, path, None, body, "").request("")).await?;
    if answer.contains("M_USER_IN_USE") {
        return Ok(None);
    }
    let token = answer.split_once(r#""access_token":""#).and_then(|(_, rest)| rest.split('"').next());
    Ok(Some(token.with_context(|| answer.clone())?.to_owned()))
}
