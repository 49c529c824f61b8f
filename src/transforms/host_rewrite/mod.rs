//! Hosts of a copied or preview route.

mod host;
mod mapping;
mod pattern;
mod reserved;
mod template;
mod traefik;
