//! A certificate authority that signs one server and is forgotten.

use std::path::Path;

use anyhow::Context as _;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// What a client needs to trust the server.
#[derive(Debug)]
pub(super) struct Certificates {
    /// The authority's certificate, PEM.
    pub(super) authority: String,
}

impl Certificates {
    /// Makes an authority and a server's key for loopback; writes `authority.crt`, `server.crt`, `server.key` and `server.pub`.
    pub(super) fn write(folder: &Path) -> anyhow::Result<Self> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        authority
            .distinguished_name
            .push(DnType::CommonName, "boltrope end-to-end");
        let authority_key = KeyPair::generate()?;
        let authority_certificate = authority.self_signed(&authority_key)?;
        let issuer = Issuer::new(authority, authority_key);

        let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"].map(str::to_owned);
        let mut server = CertificateParams::new(names)?;
        server
            .distinguished_name
            .push(DnType::CommonName, "kube-apiserver");
        let server_key = KeyPair::generate()?;
        let server_certificate = server.signed_by(&server_key, &issuer)?;
        for (file, text) in [
            ("authority.crt", authority_certificate.pem()),
            ("server.crt", server_certificate.pem()),
            ("server.key", server_key.serialize_pem()),
            // What tokens of ServiceAccounts are checked with.
            ("server.pub", server_key.public_key_pem()),
        ] {
            let path = folder.join(file);
            std::fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))?;
        }
        Ok(Self {
            authority: authority_certificate.pem(),
        })
    }
}
