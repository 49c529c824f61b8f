//! Against an API server in memory.
