//! `boltrope-operator`: what talks to a cluster, so that the `boltrope` command need not.
//!
//! Everything that decides is in the library and is pure. Here is what reads, asks, writes with a precondition and waits:
//! [`cluster`] speaks to the API server, [`server`] answers probes and Prometheus, [`command`] is the command line, and
//! each job (`preview`, `recover`) is a module that drives the library with them.

#![expect(
    clippy::disallowed_methods,
    reason = "the operator is the edge that has a clock, files and an environment, so that the library need not"
)]

mod cluster;
mod command;
mod preview;
mod recover;
mod server;
mod stop;

fn main() -> std::process::ExitCode {
    command::main()
}
