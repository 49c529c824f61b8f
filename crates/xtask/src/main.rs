//! What the Makefile verbs do.

fn main() {}
