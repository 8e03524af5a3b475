//! nginx before the processes of a service, with the settings that the documentation shows.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::generate_simple_self_signed;
use tempfile::TempDir;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Starts nginx, which Debian keeps where programs of root alone are looked for.
const START: &str = r#"PATH=$PATH:/usr/sbin exec nginx "$@""#;

/// A port of this machine that is free, with the certificate of the proxy that will listen there.
pub(crate) struct Place {
    port: u16,
    certificate: String,
    key: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        Self {
            port: listener.local_addr().unwrap().port(),
            certificate: own.cert.pem(),
            key: own.signing_key.serialize_pem(),
        }
    }

    /// Where clients reach it.
    pub(crate) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// A client that believes its certificate and no other.
    pub(crate) fn client(&self) -> Agent {
        let certificate = Certificate::from_pem(self.certificate.as_bytes()).unwrap();
        let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[certificate]));
        Agent::config_builder()
            .tls_config(tls.build())
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false)
            .build()
            .into()
    }
}

/// A proxy that runs, stopped when it is dropped.
pub(crate) struct Proxy {
    server: Child,
    _folder: TempDir,
}

impl Proxy {
    /// Starts it before the processes at three addresses.
    pub(crate) fn start(place: &Place, processes: [&str; 3]) -> Self {
        let folder = TempDir::new().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        fs::write(file("ledger.pem"), &place.certificate).unwrap();
        fs::write(file("ledger.key"), &place.key).unwrap();
        let upstream = replaced(
            &block("SCALE.md"),
            &[
                ("127.0.0.1:8081", processes[0]),
                ("127.0.0.1:8082", processes[1]),
                ("127.0.0.1:8083", processes[2]),
            ],
        );
        let listen = format!("127.0.0.1:{} ssl", place.port);
        let server = replaced(
            &block("OPERATIONS.md"),
            &[
                ("443 ssl", &listen),
                ("/etc/ssl/ledger.pem", &file("ledger.pem")),
                ("/etc/ssl/private/ledger.key", &file("ledger.key")),
                (
                    "proxy_pass http://127.0.0.1:8080;",
                    "proxy_pass http://deskledger;\nproxy_set_header Connection \"\";",
                ),
            ],
        );
        // What a package of nginx has around a file of its own, with all that is written in the folder of the test.
        let bodies = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {};", file(name)))
            .join("\n");
        let whole = format!(
            "pid {};\nevents {{}}\nhttp {{\naccess_log off;\n{bodies}\n{upstream}\n{server}\n}}\n",
            file("nginx.pid")
        );
        fs::write(file("nginx.conf"), whole).unwrap();
        let server = Command::new("sh")
            .args(["-c", START, "nginx"])
            .args(["-e", "stderr", "-g", "daemon off; master_process off;"])
            .args(["-p", &file(""), "-c", &file("nginx.conf")])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut proxy = Self {
            server,
            _folder: folder,
        };
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", place.port)).is_err() {
            let ended = proxy.server.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "nginx ends, or scripts/prepare has to bring it: {ended:?}"
            );
            assert!(begin.elapsed() < Duration::from_secs(30));
            thread::sleep(Duration::from_millis(20));
        }
        proxy
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The settings of nginx that a document shows.
fn block(document: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let text = fs::read_to_string(folder.join(document)).unwrap();
    let (_, rest) = text.split_once("```nginx\n").unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    block.to_owned()
}

/// A text with other values in it, each of which must be there once.
fn replaced(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from} in {text}");
        text.replace(from, to)
    })
}
