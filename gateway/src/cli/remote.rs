//! The line to a gateway: plaintext on this computer only, else TLS with a client certificate.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity, Uri};

use crate::cli::error::Error;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A peer that vanished is noticed after these two together.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// Which gateway, and how to show who is calling.
#[derive(Debug, Clone, Args)]
pub struct Remote {
    /// The gateway's address: http:// on this computer, https:// anywhere
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8765")]
    pub endpoint: String,
    #[command(flatten)]
    tls: Tls,
}

/// What https:// needs.
#[derive(Debug, Clone, Default, Args)]
pub struct Tls {
    /// Authority that issued the gateway's certificate (needed with https://)
    #[arg(long, value_name = "PEM")]
    ca: Option<PathBuf>,
    /// This caller's certificate, with what stands above it
    #[arg(long, value_name = "PEM", requires = "key")]
    cert: Option<PathBuf>,
    /// The key of this caller's certificate
    #[arg(long, value_name = "PEM", requires = "cert")]
    key: Option<PathBuf>,
}

impl Remote {
    /// A gateway on this computer, without TLS.
    #[must_use]
    pub fn plaintext(endpoint: String) -> Self {
        Self {
            endpoint,
            tls: Tls::default(),
        }
    }

    /// The gateway of that address, with the same certificates.
    #[must_use]
    pub fn new(endpoint: String, tls: Tls) -> Self {
        Self { endpoint, tls }
    }

    /// Connects.
    ///
    /// # Errors
    /// [`Error`] says whether the address, a file or the gateway is the matter.
    pub async fn connect(&self) -> Result<Channel, Error> {
        let endpoint = self.prepare()?;
        endpoint.connect().await.map_err(|source| Error::Connect {
            endpoint: self.endpoint.clone(),
            source,
        })
    }

    fn prepare(&self) -> Result<Endpoint, Error> {
        const NOT_AN_ADDRESS: Error = Error::Value {
            flag: "--endpoint",
            expected: "an address such as http://127.0.0.1:8765",
        };
        let uri: Uri = self.endpoint.parse().map_err(|_| NOT_AN_ADDRESS)?;
        let host = uri.host().ok_or(NOT_AN_ADDRESS)?.to_owned();
        let scheme = uri.scheme_str().unwrap_or_default().to_owned();
        let endpoint = Endpoint::from(uri)
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .keep_alive_while_idle(true)
            .tcp_nodelay(true);
        match scheme.as_str() {
            "http" if !is_this_computer(&host) => Err(Error::Usage(
                "http:// is for this computer only, because a PIN would cross the network in the clear: use https:// with --ca",
            )),
            "http" if self.tls.ca.is_some() || self.tls.cert.is_some() => {
                Err(Error::Usage("--ca, --cert and --key are for https://"))
            }
            "http" => Ok(endpoint),
            "https" => {
                let source = |source| Error::Connect {
                    endpoint: self.endpoint.clone(),
                    source,
                };
                endpoint.tls_config(self.tls.config()?).map_err(source)
            }
            _ => Err(NOT_AN_ADDRESS),
        }
    }
}

impl Tls {
    /// Whether nothing was given.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ca.is_none() && self.cert.is_none() && self.key.is_none()
    }

    fn config(&self) -> Result<ClientTlsConfig, Error> {
        let Some(ca) = &self.ca else {
            return Err(Error::Usage(
                "https:// needs --ca: the authority that issued the gateway's certificate",
            ));
        };
        let config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(ca)?));
        match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Ok(config.identity(Identity::from_pem(read(cert)?, read(key)?))),
            _ => Ok(config),
        }
    }
}

fn is_this_computer(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;

    fn refused(endpoint: &str, ca: Option<&str>) -> Error {
        let tls = Tls {
            ca: ca.map(PathBuf::from),
            ..Tls::default()
        };
        Remote::new(endpoint.to_owned(), tls).prepare().unwrap_err()
    }

    #[test]
    fn a_pin_crosses_no_network_in_the_clear() {
        for endpoint in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"] {
            assert!(
                Remote::plaintext(endpoint.to_owned()).prepare().is_ok(),
                "{endpoint}"
            );
        }
        for endpoint in [
            "http://192.0.2.1:1",
            "http://gateway:1",
            "http://localhost.example:1",
        ] {
            assert!(
                refused(endpoint, None).to_string().contains("https://"),
                "{endpoint}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        assert!(
            refused("127.0.0.1", None)
                .to_string()
                .starts_with("--endpoint must be")
        );
        assert!(
            refused("ftp://127.0.0.1:1", None)
                .to_string()
                .starts_with("--endpoint must be")
        );
        assert!(refused("https://127.0.0.1:1", None).to_string().contains("--ca"));
        assert!(
            refused("http://127.0.0.1:1", Some("ca.pem"))
                .to_string()
                .contains("https://")
        );
        assert_eq!(
            refused("https://127.0.0.1:1", Some("/no/such/file")).exit(),
            Exit::Data
        );
    }
}
