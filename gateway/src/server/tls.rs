//! TLS: 1.2 or later, one ALPN protocol, and nobody without a certificate of the configured authority.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{Problem, Tls};

/// HTTP/2, the only protocol that the port speaks.
const HTTP2: &[u8] = b"h2";

/// A PEM file and the key or flag that names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pem<'a> {
    pub(crate) key: &'a str,
    pub(crate) path: &'a Path,
}

/// What one end of a line shows, and whose certificates it takes from the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Files<'a> {
    pub(crate) certificate: Pem<'a>,
    pub(crate) key: Pem<'a>,
    pub(crate) authority: Pem<'a>,
}

/// Reads the files of the section; nothing where there are none.
///
/// # Errors
/// [`Problem::Tls`] names the file and says what is wrong.
pub(super) fn read(tls: &Tls) -> Result<Option<Arc<ServerConfig>>, Problem> {
    let (Some(certificate), Some(key), Some(client_ca)) = (&tls.certificate, &tls.key, &tls.client_ca) else {
        return Ok(None);
    };
    let pem = |key, path| Pem { key, path };
    let files = Files {
        certificate: pem("tls.certificate", certificate),
        key: pem("tls.key", key),
        authority: pem("tls.client_ca", client_ca),
    };
    Ok(Some(Arc::new(files.accepting(HTTP2)?)))
}

impl Files<'_> {
    /// For the end that takes connections.
    ///
    /// # Errors
    /// [`Problem::Tls`].
    pub(crate) fn accepting(self, alpn: &[u8]) -> Result<ServerConfig, Problem> {
        let provider = Arc::new(ring::default_provider());
        let roots = Arc::new(self.authority.roots()?);
        let clients = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider))
            .build()
            .map_err(|error| self.authority.problem(error.to_string()))?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| self.certificate.problem(error.to_string()))?
            .with_client_cert_verifier(clients)
            .with_single_cert(self.certificate.certificates()?, self.key.private_key()?)
            .map_err(|error| self.mismatch(&error))?;
        config.alpn_protocols = vec![alpn.to_vec()];
        Ok(config)
    }

    /// For the end that dials.
    ///
    /// # Errors
    /// [`Problem::Tls`].
    pub(crate) fn dialling(self, alpn: &[u8]) -> Result<ClientConfig, Problem> {
        let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| self.certificate.problem(error.to_string()))?
            .with_root_certificates(self.authority.roots()?)
            .with_client_auth_cert(self.certificate.certificates()?, self.key.private_key()?)
            .map_err(|error| self.mismatch(&error))?;
        config.alpn_protocols = vec![alpn.to_vec()];
        Ok(config)
    }

    fn mismatch(&self, error: &rustls::Error) -> Problem {
        let problem = format!("does not go with {}: {error}", self.certificate.key);
        self.key.problem(problem)
    }
}

impl Pem<'_> {
    fn roots(self) -> Result<RootCertStore, Problem> {
        let mut roots = RootCertStore::empty();
        for certificate in self.certificates()? {
            roots
                .add(certificate)
                .map_err(|error| self.problem(error.to_string()))?;
        }
        Ok(roots)
    }

    fn private_key(self) -> Result<PrivateKeyDer<'static>, Problem> {
        PrivateKeyDer::from_pem_file(self.path)
            .map_err(|error| self.problem(format!("holds no private key in PEM form: {error}")))
    }

    fn certificates(self) -> Result<Vec<CertificateDer<'static>>, Problem> {
        let unreadable = |error: rustls_pki_types::pem::Error| self.problem(error.to_string());
        let entries = CertificateDer::pem_file_iter(self.path).map_err(unreadable)?;
        let certificates = entries.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        if certificates.is_empty() {
            return Err(self.problem("holds no certificate in PEM form".to_owned()));
        }
        Ok(certificates)
    }

    fn problem(self, problem: String) -> Problem {
        Problem::Tls {
            key: self.key.to_owned(),
            path: self.path.to_owned(),
            problem,
        }
    }
}
