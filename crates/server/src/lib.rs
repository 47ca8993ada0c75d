//! laqun 拉群: one click on a support ticket, and the right people are in one group chat about it.
//!
//! The library half of the program `laqun`; see `ARCHITECTURE.md` for the map.

pub mod app;
pub mod backup;
pub mod chat;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod descriptors;
pub mod domain;
pub mod gateway;
pub mod health;
pub mod ids;
pub mod import;
pub mod jobs;
pub mod listen;
pub mod live;
pub mod media;
pub mod notify;
pub mod observe;
pub mod ops;
pub mod pages;
pub mod router;
pub mod serve;
pub mod supervisor;
pub mod web;
