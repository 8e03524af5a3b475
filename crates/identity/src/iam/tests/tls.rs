use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::server::{Reply, Server};
use super::*;
use crate::outgoing::roots_of_pem;

fn certificate() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap()
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
    let (own, other) = (own.cert.pem(), other.cert.pem());
    let of_pem = |pem: &str| roots_of_pem(pem.as_bytes()).unwrap();
    for (name, roots, believed) in [
        ("own", of_pem(&own), true),
        ("both", of_pem(&(own.clone() + &other)), true),
        ("other", of_pem(&other), false),
        ("public", RootCerts::WebPki, false),
    ] {
        let options = IamOptions {
            roots,
            ..options(&format!("https://127.0.0.1:{}", server.port()))
        };
        let answer = IamClient::new(&options).ask(&value("foo"));
        match answer {
            Ok(Verdict::Valid(_)) => assert!(believed, "{name}"),
            Err(IamError::Transport(_)) => assert!(!believed, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_text_without_certificates_is_refused() {
    let key = certificate().signing_key.serialize_pem();
    for pem in ["", "-----BEGIN CERTIFICATE-----\n!\n", &key] {
        assert!(roots_of_pem(pem.as_bytes()).is_err(), "{pem}");
    }
}
