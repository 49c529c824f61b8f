//! Boltrope core.
