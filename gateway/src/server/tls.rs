//! The gateway's TLS: 1.2 or later, HTTP/2, and no client without a certificate of the configured authority.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{Problem, Tls};

/// HTTP/2, the only protocol spoken.
const ALPN: &[u8] = b"h2";

/// Reads the files of the section; nothing where there are none.
///
/// # Errors
/// [`Problem::Tls`] names the file and says what is wrong.
pub(super) fn read(tls: &Tls) -> Result<Option<Arc<ServerConfig>>, Problem> {
    let (Some(certificate), Some(key), Some(client_ca)) = (&tls.certificate, &tls.key, &tls.client_ca) else {
        return Ok(None);
    };
    let provider = Arc::new(ring::default_provider());
    let roots = roots(client_ca)?;
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|error| problem("client_ca", client_ca, error.to_string()))?;
    let chain = certificates("certificate", certificate)?;
    let key_der = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| problem("key", key, format!("holds no private key in PEM form: {error}")))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| problem("certificate", certificate, error.to_string()))?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key_der)
        .map_err(|error| problem("key", key, format!("does not go with tls.certificate: {error}")))?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(Some(Arc::new(config)))
}

fn roots(path: &Path) -> Result<RootCertStore, Problem> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("client_ca", path)? {
        roots
            .add(certificate)
            .map_err(|error| problem("client_ca", path, error.to_string()))?;
    }
    Ok(roots)
}

fn certificates(key: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let unreadable = |error: rustls_pki_types::pem::Error| problem(key, path, error.to_string());
    let entries = CertificateDer::pem_file_iter(path).map_err(unreadable)?;
    let certificates = entries.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    if certificates.is_empty() {
        return Err(problem(key, path, "holds no certificate in PEM form".to_owned()));
    }
    Ok(certificates)
}

fn problem(key: &'static str, path: &Path, problem: String) -> Problem {
    Problem::Tls {
        key,
        path: path.to_owned(),
        problem,
    }
}
