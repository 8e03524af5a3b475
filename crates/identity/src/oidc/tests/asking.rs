use super::*;

#[tokio::test]
async fn new_keys_are_asked_for_when_one_is_not_known_and_once_a_minute_at_most() {
    let world = World::new();
    let sign_in = world.sign_in();
    begin(&sign_in).await;
    let new = Key::new("k2");
    world
        .provider
        .change(|answers| answers.keys = json!([new.public()]));
    assert!(
        world
            .ended_with(&sign_in, |claims| new.sign(&claims))
            .await
            .is_ok()
    );
    assert_eq!(world.provider.asked_for("/keys"), 2);
    let newer = Key::new("k3");
    world
        .provider
        .change(|answers| answers.keys = json!([newer.public()]));
    let refused = world
        .ended_with(&sign_in, |claims| newer.sign(&claims))
        .await;
    assert!(kind(refused).1.contains("does not publish"));
    assert_eq!(world.provider.asked_for("/keys"), 2);
}

#[tokio::test]
async fn a_provider_that_is_slow_or_answers_rubbish_is_unavailable_and_is_not_asked_again_at_once()
{
    let huge = format!(
        "HTTP/1.1 200 X\r\ncontent-type: application/json\r\n\r\n{}",
        " ".repeat(3 << 20)
    );
    let moved = "HTTP/1.1 302 X\r\nlocation: /keys\r\ncontent-length: 0\r\n\r\n".to_owned();
    let html =
        "HTTP/1.1 200 X\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi".to_owned();
    let json = "HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        .to_owned();
    let down = "HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n".to_owned();
    let rubbish = "\0\0\0\0".to_owned();
    let replies = [huge, moved, html, json, down, rubbish].map(String::into_bytes);
    for instead in replies.map(Some).into_iter().chain([None]) {
        let mut world = World::new();
        world.options.request_timeout = Duration::from_millis(500);
        world.provider.change(|answers| {
            let is_slow = instead.is_none();
            answers.instead = instead;
            answers.pause = Duration::from_millis(if is_slow { 50 } else { 0 });
        });
        let sign_in = world.sign_in();
        for _ in 0..3 {
            let to = ReturnPath::default();
            let error = sign_in.to_provider(&request(""), &to).await.unwrap_err();
            assert_eq!(error.kind(), IdentityErrorKind::IamUnavailable);
            let IdentityError::Refused(refused) = error else {
                panic!("{error}");
            };
            assert_eq!(refused.retry_after, Some(FAILURE_TIME));
        }
        assert_eq!(world.provider.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_provider_that_names_another_issuer_or_an_address_in_the_clear_is_not_asked() {
    for metadata in [
        json!({"issuer": "https://evil.example.com"}),
        json!({"jwks_uri": "http://10.0.0.1/keys"}),
    ] {
        let world = World::new();
        world.provider.change(|answers| answers.metadata = metadata);
        let sign_in = world.sign_in();
        let to = sign_in
            .to_provider(&request(""), &ReturnPath::default())
            .await;
        assert_eq!(to.unwrap_err().kind(), IdentityErrorKind::IamUnavailable);
        assert_eq!(world.provider.asked_for("/keys"), 0);
    }
}

#[tokio::test]
async fn wrong_attempts_of_an_address_are_slowed_down() {
    let world = World::new();
    let sign_in = world.sign_in();
    for number in 0..25 {
        let request = request("");
        let answer = sign_in.by_provider(&request, ProviderAnswer::default());
        let expected = if number < 20 {
            IdentityErrorKind::SignInRefused
        } else {
            IdentityErrorKind::TooManyRequests
        };
        assert_eq!(kind(answer.await).0, expected);
    }
}
