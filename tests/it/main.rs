//! The real program on port 0, real clients, both databases.
//!
//! Every test that touches data runs on SQLite, and on PostgreSQL where `LAQUN_TEST_POSTGRES` names a server
//! (`LAQUN_TEST_REQUIRE_POSTGRES=1` makes its absence a failure). `./test.sh` sets both up.
#![expect(clippy::print_stdout, reason = "a test that is skipped, or failed, says why")]

mod harness;

mod administration;
mod backup;
mod bad_input;
mod browser;
mod browser_talk;
mod cli;
mod clients;
mod conversation;
mod doctor;
mod faults;
mod files;
mod gateway;
mod import;
mod live;
mod main_job;
mod manual;
mod migrations;
mod notice;
mod observe;
mod people;
mod poster;
mod promises;
mod samples;
