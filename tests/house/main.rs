//! The house seen from the street: every scenario goes through the binary, as a user's would.
//!
//! They are tests of the package `rdpctl`, so that cargo builds the binary along: `cargo proof --test house`.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

mod actions;
mod after_kill;
mod attacks;
mod azure;
mod bad_guests;
mod bad_input;
mod begin;
mod beyond;
mod budget;
mod build_servers;
mod canary;
mod causes_inside;
mod channels;
mod circles;
mod copied;
mod crash;
mod disk;
mod doctor;
mod door;
mod drift;
mod escapes;
mod faults;
mod first_hour;
mod forms;
mod groups;
mod history;
mod interrupt;
mod last_way;
mod lease;
mod leftover;
mod looked_into;
mod manual;
mod measure;
mod move_port;
mod names;
mod office;
mod page;
mod permissions;
mod pin;
mod plan_file;
mod policy;
mod promises;
mod proxy;
mod quickstart;
mod read;
mod registered;
mod rules;
mod run_loop;
mod scenario;
mod serial;
mod siblings;
mod state_files;
mod static_hosts;
mod stranger;
mod terminal;
mod tool;
mod trust;
mod undo;
mod unseen;
mod watching;
mod wave;
mod words;
