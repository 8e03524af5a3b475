//! What a command tag says counts for nothing: a server may count in it what it selected, as Citus does.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use deskledger_domain::Written;
use deskledger_store::{Cancellation, Database, Revocation, Settlement, TaskProgress};

use crate::fixture::{Fixture, all, event, events, everything, many, settings};
use crate::retention::month;
use crate::tasking::{add, at, claim};

/// A server that is the one of a database, except that its command tags count nines.
fn boasting(url: &str) -> String {
    let (front, database) = url.rsplit_once('/').unwrap();
    let (scheme, address) = front.rsplit_once('@').map_or_else(
        || front.split_once("://").unwrap(),
        |(user, address)| (user, address),
    );
    let user = if front.contains('@') {
        format!("{scheme}@")
    } else {
        format!("{scheme}://")
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = address.to_owned();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            let server = TcpStream::connect(&server).unwrap();
            let (mut to_server, mut from_client) =
                (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || {
                let _ = std::io::copy(&mut from_client, &mut to_server);
                let _ = to_server.shutdown(Shutdown::Both);
            });
            thread::spawn(move || {
                let _ = boast(server, &client);
                let _ = client.shutdown(Shutdown::Both);
            });
        }
    });
    format!("{user}127.0.0.1:{port}/{database}?sslmode=disable&gssencmode=disable")
}

/// Hands on the messages of the server, with other numbers in the tags of what writes.
fn boast(mut server: TcpStream, mut client: &TcpStream) -> std::io::Result<()> {
    loop {
        let mut head = [0; 5];
        server.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let mut body = vec![0; length as usize - 4];
        server.read_exact(&mut body)?;
        let writes = ["INSERT ", "UPDATE ", "DELETE "];
        if head[0] == b'C' && writes.iter().any(|tag| body.starts_with(tag.as_bytes())) {
            // `INSERT 0 7`, `UPDATE 7`: the last number is the count.
            let end = body.len() - 1;
            for digit in body[..end].iter_mut().rev() {
                if !digit.is_ascii_digit() {
                    break;
                }
                *digit = b'9';
            }
        }
        client.write_all(&head)?;
        client.write_all(&body)?;
    }
}

pub(crate) fn nothing_is_concluded_from_a_command_tag(fixture: &Fixture) {
    let url = boasting(fixture.database.url());
    let store = Database::open(&settings(&url)).unwrap().records();

    // An end that comes after its start is an update, and is not lost; a start that changes moves its record.
    let records = many(9);
    let written = store.write(&events(&records)).unwrap();
    assert_eq!((written.inserted, written.updated), (9, 0));
    let ends: Vec<_> = records
        .iter()
        .map(|record| {
            event(&record.fields().transaction_id, None, |fields| {
                fields.connection_failure_reason = Some("ended".to_owned());
            })
        })
        .collect();
    let nine_updated = Written {
        inserted: 0,
        updated: 9,
    };
    assert_eq!(store.write(&ends).unwrap(), nine_updated);
    assert_eq!(store.write(&events(&records)).unwrap(), nine_updated);
    let found = all(&*store, &everything("p1")).unwrap();
    assert_eq!(found.len(), 9);
    for record in &found {
        let reason = record.fields().connection_failure_reason.as_deref();
        assert_eq!(reason, Some("ended"));
    }

    // Nobody revokes a key that there is not, and who lost a task learns of it.
    let unknown = store.access_keys().revoke("NOBODY", month(0)).unwrap();
    assert_eq!(unknown, Revocation::Unknown);
    let tasks = Database::open(&settings(&url)).unwrap().export_tasks();
    add(tasks.as_ref(), "task", 1);
    let lost = claim(tasks.as_ref(), 5).unwrap();
    let kept = claim(tasks.as_ref(), 60).unwrap();
    assert!(
        !tasks
            .renew(&lost.lease, at(99), TaskProgress::default())
            .unwrap()
    );
    let again = Settlement::Again { at: at(99) };
    assert!(!tasks.settle(&lost.lease, &again).unwrap());
    assert!(tasks.settle(&kept.lease, &again).unwrap());

    // What is deleted is counted, and deleting ends.
    let deleted = store
        .retention()
        .delete_expired(month(900), &Cancellation::new())
        .unwrap();
    assert_eq!(deleted.records, 9);
}
