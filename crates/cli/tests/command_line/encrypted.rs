//! What asks a service by TLS.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::sandbox::{Sandbox, said};
use crate::service::answer;

fn certificate() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap()
}

/// A server that speaks TLS with this certificate, and gives the same answer to every request. Its address.
fn serve(certificate: &CertifiedKey<KeyPair>, answer: String) -> String {
    let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            let mut head = [0; 4096];
            if stream.read(&mut head).is_ok() {
                let _ = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    url
}

#[test]
fn a_service_is_believed_by_the_certificates_of_its_option_alone() {
    let sandbox = Sandbox::new();
    let (own, other) = (certificate(), certificate());
    sandbox.write("own.pem", &own.cert.pem());
    sandbox.write("other.pem", &other.cert.pem());
    let list = answer("200 OK", "", r#"{"total_count":0,"records":[]}"#);
    let url = serve(&own, list);
    for (option, is_believed) in [
        (&["--ca-file", "own.pem"][..], true),
        (&["--ca-file", "other.pem"], false),
        (&[], false),
    ] {
        let arguments = [&["list", "--project", "p1", "--url", &url][..], option].concat();
        let output = sandbox
            .command(&arguments)
            .env("DESKLEDGER_TOKEN", "s3cret")
            .output()
            .unwrap();
        let said = said(&output);
        assert_eq!(output.status.success(), is_believed, "{option:?}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
        assert!(is_believed || said.contains("certificate"), "{said}");
    }
}
