use std::io::Read as _;
use std::thread;

use actix_web::web::Bytes;

use super::super::chunk::{Chunk, channel};
use crate::http::body::BodyFailure;

#[test]
fn a_body_is_read_as_it_arrives() {
    let (sender, mut reader) = channel();
    let sending = thread::spawn(move || {
        for chunk in ["one, ", "", "two, ", "three"] {
            sender.send(Chunk::Bytes(chunk.into())).unwrap();
        }
        sender.send(Chunk::End).unwrap();
    });
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "one, two, three");
    // The end stays the end.
    assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);
    sending.join().unwrap();
}

#[test]
fn a_body_without_its_end_is_no_shorter_body() {
    let failure = |last: Option<Chunk>| {
        let (sender, mut reader) = channel();
        sender
            .send(Chunk::Bytes(Bytes::from_static(b"one")))
            .unwrap();
        if let Some(last) = last {
            sender.send(last).unwrap();
        }
        drop(sender);
        let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
        BodyFailure::of(&error)
    };
    assert_eq!(failure(None), Some(BodyFailure::BrokeOff));
    let slow = Chunk::Failed(BodyFailure::TooSlow);
    assert_eq!(failure(Some(slow)), Some(BodyFailure::TooSlow));
}
