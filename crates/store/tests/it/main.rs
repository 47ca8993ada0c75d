//! One story, told to both engines.
//!
//! PostgreSQL is the server that `LAQUN_TEST_POSTGRES` names (`host=127.0.0.1 port=55432 user=app dbname=postgres`); each test
//! makes a database of its own there. Without the variable that half is skipped, with a line that says so, unless
//! `LAQUN_TEST_REQUIRE_POSTGRES=1`. What needs root (tiny file systems) or strace is skipped likewise where it cannot be had.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "a skipped half of the story says so")]

mod batches;
mod cuts;
mod disk;
mod durability;
mod feed;
mod jobs;
mod keys;
mod migrations;
mod place;
mod proxy;
mod tls;
mod units;
mod whispers;
