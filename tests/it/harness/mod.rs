//! Starting the program, calling it, looking at what it stored.

mod call;
mod clients;
mod database;
mod forwarder;
mod page;
mod server;

pub(crate) use call::{Answer, Caller, now_ms};
pub(crate) use clients::clients_folder;
pub(crate) use database::{Engine, new_postgres_database};
pub(crate) use forwarder::Forwarder;
pub(crate) use page::Page;
pub(crate) use server::{Server, laqun};

/// The documented sample.
pub(crate) const APP_KEY: &str = "12345678";
pub(crate) const SECRET: &str = "helloworld";
pub(crate) const TENANT: i64 = 200_110_004;
pub(crate) const METHOD: &str = "alibaba.lyservice.group.group.communication";
