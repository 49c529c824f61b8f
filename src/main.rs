//! The `boltrope` command: arguments and files on this side, the pure library on the other.

#![expect(
    clippy::disallowed_methods,
    reason = "the command is the edge that reads files and the environment, so that the library need not"
)]

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
