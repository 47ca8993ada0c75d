//! What an operation is on each server.

use anyhow::{Context as _, bail};
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
    /// `{room}` stands for the room that the answer before this one names.
    path: String,
    kind: &'static str,
    token: Option<String>,
    body: String,
    /// Every right answer has it.
    pub(crate) expected: &'static str,
}

pub(crate) type Operation = Vec<Step>;

impl Step {
    pub(crate) fn request(&self, before: &str) -> Request<String> {
        let room = before.split_once(r#""room_id":""#).and_then(|(_, rest)| rest.split('"').next());
        let path = match room {
            Some(room) => self.path.replace("{room}", &room.replace('!', "%21").replace(':', "%3A")),
            None => self.path.clone(),
        };
        let mut request = Request::builder().method(&self.method).uri(path).header("content-type", self.kind);
        if let Some(token) = &self.token {
            request = request.header("authorization", token);
        }
        request.body(self.body.clone()).expect("what is sent is written in this file")
    }
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
            let all = (from..from + options.prepare).map(|n| signed(options, n)).collect::<Result<_, _>>()?;
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

/// A click; for four members the ticket has an assignee and a customer, and a colleague clicks too.
fn signed(options: &Options, number: u64) -> anyhow::Result<Operation> {
    let agent = |number: u64| format!("agent-{}", number % STAFF);
    let callers = match options.work {
        Work::Bare => vec![agent(number)],
        Work::Members => vec![agent(number), agent(number + 133)],
        Work::Message => bail!("laqun's groups have no messages yet"),
    };
    let click = |staff_id: String| {
        let object = format!(
            r#"{{"case_id":"{}{number}","outer_type":"111","staff_id":"{staff_id}","tenant_id":200110004}}"#,
            options.prefix
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
            token: None,
            body: call.body,
            expected: r#""success":true"#,
        }
    };
    Ok(callers.into_iter().map(click).collect())
}

fn json(method: Method, path: String, token: Option<String>, body: String, expected: &'static str) -> Step {
    Step { method, path, kind: "application/json", token, body, expected }
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
