use super::*;

/// A server that sends back what it gets.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            thread::spawn(move || std::io::copy(&mut &client, &mut &client));
        }
    });
    address
}

fn proxy() -> Proxy {
    Proxy::to(echo().to_string())
}

fn client(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.address()).unwrap()
}

/// What comes back for a word within some time: the word, an end (nothing), or an error.
fn answer_within(limit: Duration, mut client: &TcpStream) -> std::io::Result<String> {
    client.set_read_timeout(Some(limit)).unwrap();
    client.write_all(b"word")?;
    let mut answer = [0; 4];
    let length = client.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
}

/// What comes back for a word when it has time to come.
fn patient_answer(client: &TcpStream) -> std::io::Result<String> {
    answer_within(Duration::from_secs(30), client)
}

/// What comes back for a word at once.
fn answer(client: &TcpStream) -> std::io::Result<String> {
    answer_within(Duration::from_millis(200), client)
}

#[test]
fn bytes_pass_and_connections_are_counted() {
    let proxy = proxy();
    let (one, other) = (client(&proxy), client(&proxy));
    assert_eq!(patient_answer(&one).unwrap(), "word");
    assert_eq!(patient_answer(&other).unwrap(), "word");
    assert_eq!((proxy.accepted(), proxy.open()), (2, 2));
    drop(one);
    while proxy.open() > 1 {
        sleep(POLL);
    }
    assert_eq!(patient_answer(&other).unwrap(), "word");
}

#[test]
fn a_cut_connection_is_reset_and_a_new_one_is_not() {
    let proxy = proxy();
    let existing = client(&proxy);
    assert_eq!(patient_answer(&existing).unwrap(), "word");
    proxy.treat_existing(Treatment::Cut);
    while proxy.open() > 0 {
        sleep(POLL);
    }
    let error = patient_answer(&existing).unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        ),
        "{error}"
    );
    assert_eq!(patient_answer(&client(&proxy)).unwrap(), "word");
}

#[test]
fn a_black_hole_stays_one_and_a_new_connection_passes() {
    let proxy = proxy();
    let existing = client(&proxy);
    assert_eq!(patient_answer(&existing).unwrap(), "word");
    proxy.treat_existing(Treatment::Swallow);
    assert!(is_time_out(&answer(&existing).unwrap_err()));
    proxy.treat_existing(Treatment::Pass);
    assert!(is_time_out(&answer(&existing).unwrap_err()));
    assert_eq!(patient_answer(&client(&proxy)).unwrap(), "word");
}

#[test]
fn a_frozen_connection_goes_on_later() {
    let proxy = proxy();
    let existing = client(&proxy);
    assert_eq!(patient_answer(&existing).unwrap(), "word");
    proxy.treat(Treatment::Freeze);
    // The thread may be just reading.
    sleep(POLL * 5);
    assert!(is_time_out(&answer(&existing).unwrap_err()));
    proxy.treat(Treatment::Pass);
    existing
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut late = [0; 4];
    (&existing).read_exact(&mut late).unwrap();
    assert_eq!(&late, b"word");
}

#[test]
fn a_delay_is_kept_in_each_direction() {
    let proxy = proxy();
    proxy.treat_new(Treatment::Delay(Duration::from_millis(150)));
    let client = client(&proxy);
    let begin = Instant::now();
    assert_eq!(patient_answer(&client).unwrap(), "word");
    assert!(begin.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_url_leads_through_the_proxy() {
    let proxy = Proxy::to_url("postgres://ann:p%40ss@127.0.0.1:5432/d?sslmode=disable");
    assert_eq!(
        proxy.url("postgres://ann:p%40ss@127.0.0.1:5432/d?sslmode=disable"),
        format!(
            "postgres://ann:p%40ss@{}/d?sslmode=disable",
            proxy.address()
        )
    );
}
