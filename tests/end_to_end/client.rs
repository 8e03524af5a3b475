//! Clients that do not behave as clients should.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use deskledger_tests::{Service, TOKEN};

/// Asks for an export.
pub(crate) fn request(stream: &mut TcpStream) {
    request_with(stream, "");
}

fn request_with(stream: &mut TcpStream, query: &str) {
    let path = Service::export_path(query);
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: {TOKEN}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
}

/// A client that asks for an export and then takes nothing of it.
pub(crate) fn idle_client(service: &Service) -> TcpStream {
    idle_client_with(service, "")
}

/// The same, of any path, with more lines in the head of its request.
pub(crate) fn idle_client_of(service: &Service, path: &str, lines: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: {TOKEN}\r\n{lines}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    stream
}

/// The same, of an export with a query.
pub(crate) fn idle_client_with(service: &Service, query: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
    request_with(&mut stream, query);
    // The answer has begun, so the export holds its permit.
    stream.read_exact(&mut [0; 12]).unwrap();
    stream
}
