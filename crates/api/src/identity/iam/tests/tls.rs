use std::io::Write as _;
use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::NamedTempFile;

use super::server::{Reply, Server};
use super::*;

fn certificate() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap()
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// A server that speaks TLS with this certificate.
fn server(certificate: &CertifiedKey<KeyPair>) -> Server {
    let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    Server::start_over(
        |_| Reply::new(200, &token_body()),
        move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            StreamOwned::new(connection, stream)
        },
    )
}

#[test]
fn a_server_is_believed_by_the_certificates_of_the_settings_alone() {
    let (own, other) = (certificate(), certificate());
    let server = server(&own);
    let (own, other) = (file(&own.cert.pem()), file(&other.cert.pem()));
    let both = [own.path(), other.path()].map(|path| std::fs::read_to_string(path).unwrap());
    let both = file(&both.concat());
    for (ca_file, believed) in [
        (own.path(), true),
        (both.path(), true),
        (other.path(), false),
        ("".as_ref(), false),
    ] {
        let mut settings = settings(format!("https://127.0.0.1:{}", server.port()));
        settings.ca_file = ca_file.to_owned();
        let answer = IamClient::new(&settings).unwrap().ask(&value("foo"));
        match answer {
            Ok(Verdict::Valid(_)) => assert!(believed, "{ca_file:?}"),
            Err(IamError::Transport(_)) => assert!(!believed, "{ca_file:?}"),
            other => panic!("{ca_file:?}: {other:?}"),
        }
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_file_without_certificates_is_refused_at_the_start() {
    let key = file(&certificate().signing_key.serialize_pem());
    let (empty, broken) = (file(""), file("-----BEGIN CERTIFICATE-----\n!\n"));
    for ca_file in [
        empty.path(),
        broken.path(),
        key.path(),
        "/nowhere.pem".as_ref(),
    ] {
        let mut settings = settings("https://127.0.0.1".to_owned());
        settings.ca_file = ca_file.to_owned();
        let error = IamClient::new(&settings).err().unwrap().to_string();
        assert!(error.starts_with("identity.iam.ca_file: "), "{error}");
    }
}
