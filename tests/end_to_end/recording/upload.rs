//! A recording whose body is sent bit by bit.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use deskledger_tests::{Answer, Service};

/// A recording of NDJSON that goes on.
pub(super) struct Upload(TcpStream);

impl Upload {
    /// Sends the head.
    pub(super) fn begin(service: &Service, project: &str, token: &str) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-auth-token: {token}\r\n\
             content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n",
            Service::record_path(project)
        );
        stream.write_all(head.as_bytes()).unwrap();
        Self(stream)
    }

    /// Sends some bytes of the body, and says whether the service still takes them.
    pub(super) fn send(&mut self, bytes: &[u8]) -> bool {
        let chunk = [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
        self.0.write_all(&chunk).is_ok()
    }

    /// Ends the body, and takes the answer.
    pub(super) fn end(mut self) -> Answer {
        let _ = self.0.write_all(b"0\r\n\r\n");
        self.answer()
    }

    /// Takes the answer, which comes before the body has ended.
    pub(super) fn answer(mut self) -> Answer {
        let mut bytes = Vec::new();
        let _ = self.0.read_to_end(&mut bytes);
        Answer::parse(&bytes)
    }
}
