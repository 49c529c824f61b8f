//! The `boltrope` command.

fn main() {}
