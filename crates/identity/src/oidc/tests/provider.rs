use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey as _};
use serde_json::{Value, json};

/// A key of a provider.
pub(super) struct Key {
    key: CoreEdDsaPrivateSigningKey,
    id: &'static str,
}

impl Key {
    pub(super) fn new(id: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let kid = Some(JsonWebKeyId::new(id.to_owned()));
        let key = CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pair.serialize_pem(), kid);
        Self {
            key: key.unwrap(),
            id,
        }
    }

    pub(super) fn public(&self) -> Value {
        serde_json::to_value(self.key.as_verification_key()).unwrap()
    }

    /// A token with these claims.
    pub(super) fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": "EdDSA", "kid": self.id, "typ": "JWT"});
        self.sign_with(&header, claims)
    }

    pub(super) fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let text = unsigned(header, claims);
        let alg = CoreJwsSigningAlgorithm::EdDsa;
        let signature = self.key.sign(&alg, text.as_bytes()).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A token without its signature, and without the dot before it.
pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

/// What a provider answers.
#[derive(Clone)]
pub(super) struct Answers {
    pub(super) keys: Value,
    pub(super) token: (u16, Value),
    /// What it says of itself beside what all do.
    pub(super) metadata: Value,
    /// In place of every answer.
    pub(super) instead: Option<Vec<u8>>,
    /// Before every byte of an answer.
    pub(super) pause: Duration,
}

/// A provider at a free port.
pub(super) struct Provider {
    pub(super) url: String,
    answers: Arc<Mutex<Answers>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    pub(super) fn start(key: &Key) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers = Arc::new(Mutex::new(Answers {
            keys: json!([key.public()]),
            token: (500, json!({})),
            metadata: json!({}),
            instead: None,
            pause: Duration::ZERO,
        }));
        let requests = Arc::new(Mutex::default());
        let (given, asked, own) = (Arc::clone(&answers), Arc::clone(&requests), url.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (given, asked, own) = (Arc::clone(&given), Arc::clone(&asked), own.clone());
                // A client that leaves is no failure of the server.
                thread::spawn(move || serve(stream.unwrap(), &given, &asked, &own).ok());
            }
        });
        Self {
            url,
            answers,
            requests,
        }
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Answers)) {
        change(&mut self.answers.lock().unwrap());
    }

    /// It hands out this ID token.
    pub(super) fn hands_out(&self, token: &str) {
        let answer =
            json!({"access_token": "never-kept", "token_type": "Bearer", "id_token": token});
        self.change(|answers| answers.token = (200, answer));
    }

    /// The requests so far, heads and bodies.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub(super) fn asked_for(&self, path: &str) -> usize {
        let requests = self.requests();
        let of = |request: &&String| request.split(' ').nth(1) == Some(path);
        requests.iter().filter(of).count()
    }
}

fn serve(
    mut stream: TcpStream,
    answers: &Mutex<Answers>,
    requests: &Mutex<Vec<String>>,
    own: &str,
) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let text = loop {
        let read = stream.read(&mut buffer)?;
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let head = text.split_once("\r\n\r\n");
        let is_whole = head.is_some_and(|(head, body)| {
            let head = head.to_lowercase();
            let length = head.split_once("content-length: ").map(|(_, rest)| rest);
            let length = length.and_then(|rest| rest.lines().next()?.parse().ok());
            body.len() >= length.unwrap_or(0)
        });
        if is_whole || read == 0 {
            break text;
        }
    };
    let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
    requests.lock().unwrap().push(text);
    let answers = answers.lock().unwrap().clone();
    let (status, body) = match path.as_str() {
        "/.well-known/openid-configuration" => {
            let mut metadata = json!({
                "issuer": own,
                "authorization_endpoint": format!("{own}/authorize"),
                "token_endpoint": format!("{own}/token"),
                "jwks_uri": format!("{own}/keys"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256", "EdDSA"],
            });
            let more = answers.metadata.as_object().unwrap().clone();
            metadata.as_object_mut().unwrap().extend(more);
            (200, metadata)
        }
        "/keys" => (200, json!({"keys": answers.keys})),
        "/token" => answers.token,
        _ => (404, json!({})),
    };
    let body = body.to_string();
    let length = body.len();
    let bytes = answers.instead.unwrap_or_else(|| {
        format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    });
    if answers.pause.is_zero() {
        return stream.write_all(&bytes);
    }
    for byte in bytes {
        thread::sleep(answers.pause);
        stream.write_all(&[byte])?;
    }
    Ok(())
}
