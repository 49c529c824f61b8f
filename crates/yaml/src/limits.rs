//! Bounds of what is read, so that no input can take unbounded time, memory or stack.
//!
//! The defaults are far above what any manifest needs: Kubernetes itself stops at 3 MiB per object.

/// Bounds of what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nesting of mappings and sequences, aliases followed. Default 100.
    pub depth: usize,
    /// How many times the document's own size its aliases may expand to; 64 KiB are always allowed. Default 10.
    pub alias_factor: usize,
    /// Size of one document. Default 64 MiB.
    pub document_bytes: usize,
    /// Length of a simple key (`key: value`). Default 1024, which is also the most YAML allows; an explicit `? key` may be
    /// longer, as in Kubernetes.
    pub key_characters: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 100,
            alias_factor: 10,
            document_bytes: 64 << 20,
            key_characters: 1024,
        }
    }
}
