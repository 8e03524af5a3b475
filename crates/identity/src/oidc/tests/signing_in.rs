use base64::engine::general_purpose::STANDARD;

use super::*;

/// What makes a token of claims.
type Make<'a> = Box<dyn FnOnce(Value) -> String + 'a>;

#[tokio::test]
async fn who_the_provider_signs_in_has_a_session_and_goes_where_they_wanted() {
    let world = World::new();
    let sign_in = world.sign_in();
    let to = ReturnPath::default();
    let location = sign_in
        .to_provider(&request(""), &to)
        .await
        .unwrap()
        .location;
    assert!(location.starts_with(&format!("{}/authorize?", world.provider.url)));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("scope", "openid profile"),
        ("code_challenge_method", "S256"),
        (
            "redirect_uri",
            "http://localhost:8080/desk/v2/sign-in/oidc/callback",
        ),
    ] {
        assert_eq!(parameter(&location, name), value);
    }
    let ended = world
        .ended_with(&sign_in, |claims| world.key.sign(&claims))
        .await
        .unwrap();
    assert_eq!(ended.location, "/desk/console/p/p1?x=1#y");
    assert!(ended.delete_sign_in.starts_with("deskledger-sign-in=;"));
    assert!(ended.begun.cookie.contains("SameSite=Strict"));
    let session = &ended.begun.session;
    assert_eq!(session.about().user, "ann");
    assert_eq!(session.principal().project_id().as_str(), "p1");
    assert_eq!(session.token(), None);
    let asked = world.provider.requests();
    let asked = asked
        .iter()
        .find(|request| request.starts_with("POST /token"))
        .unwrap();
    let basic = STANDARD.encode("deskledger:hunter2");
    assert!(asked.contains(&basic), "{asked}");
    assert!(asked.contains("code=the-code") && asked.contains("code_verifier="));
    // What it says of itself is asked for once.
    assert_eq!(
        world
            .provider
            .asked_for("/.well-known/openid-configuration"),
        1
    );
    assert_eq!(world.provider.asked_for("/keys"), 1);
}

#[tokio::test]
async fn a_token_that_proves_nothing_signs_nobody_in_and_says_why() {
    let world = World::new();
    let (key, now) = (&world.key, parse_time(NOW).unwrap().timestamp());
    let changed = |name: &'static str, value: Value| {
        move |claims: Value| key.sign(&with(claims, name, value))
    };
    let header = |alg: &str| json!({"alg": alg, "kid": "k1"});
    let public = key.public()["x"].as_str().unwrap().to_owned();
    let confused = |secret: Vec<u8>| {
        move |claims: Value| {
            let text = unsigned(&json!({"alg": "HS256", "kid": "k1"}), &claims);
            let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
            mac.update(text.as_bytes());
            format!(
                "{text}.{}",
                URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
            )
        }
    };
    let forged = |claims: Value| {
        let signed = key.sign(&claims);
        let (_, signature) = signed.rsplit_once('.').unwrap();
        let claims = with(claims, "preferred_username", json!("root"));
        format!("{}.{signature}", unsigned(&header("EdDSA"), &claims))
    };
    let other = Key::new("k1");
    let cases: Vec<(&str, Make<'_>)> = vec![
        (
            "(iss)",
            Box::new(changed("iss", json!("https://evil.example.com"))),
        ),
        ("(aud)", Box::new(changed("aud", json!("another")))),
        ("(aud)", Box::new(changed("aud", json!([])))),
        (
            "(azp)",
            Box::new(changed("aud", json!([CLIENT, "another"]))),
        ),
        ("(azp)", Box::new(changed("azp", json!("another")))),
        ("expired", Box::new(changed("exp", json!(now - 61)))),
        ("(iat)", Box::new(changed("iat", json!(now + 61)))),
        ("(nbf)", Box::new(changed("nbf", json!(now + 61)))),
        ("(nonce)", Box::new(changed("nonce", json!("another")))),
        ("(nonce)", Box::new(changed("nonce", Value::Null))),
        ("signature is wrong", Box::new(forged)),
        (
            "signature is wrong",
            Box::new(move |claims| other.sign(&claims)),
        ),
        (
            "algorithm",
            Box::new(|claims| format!("{}.", unsigned(&header("none"), &claims))),
        ),
        (
            "algorithm",
            Box::new(confused(URL_SAFE_NO_PAD.decode(&public).unwrap())),
        ),
        ("algorithm", Box::new(confused(public.clone().into_bytes()))),
        ("algorithm", Box::new(confused(b"hunter2".to_vec()))),
        (
            "does not publish",
            Box::new(|claims| key.sign_with(&header("RS256"), &claims)),
        ),
    ];
    let sign_in = world.sign_in();
    for (expected, token) in cases {
        let (kind, message) = kind(world.ended_with(&sign_in, token).await);
        assert_eq!(
            kind,
            IdentityErrorKind::SignInRefused,
            "{expected}: {message}"
        );
        assert!(message.contains(expected), "{expected}: {message}");
    }
    let sign_in = world.sign_in();
    let several = with(json!({"aud": [CLIENT, "another"]}), "azp", json!(CLIENT));
    for good in [several, json!({"exp": now - 59}), json!({"iat": now + 59})] {
        let token = |mut claims: Value| {
            let claims_now = claims.as_object_mut().unwrap();
            claims_now.extend(good.as_object().unwrap().clone());
            key.sign(&claims)
        };
        assert!(world.ended_with(&sign_in, token).await.is_ok(), "{good}");
    }
}

#[tokio::test]
async fn a_sign_in_belongs_to_its_browser_is_good_once_and_for_ten_minutes() {
    let world = World::new();
    let sign_in = world.sign_in();
    let pending = begin(&sign_in).await;
    let other = begin(&sign_in).await;
    world
        .provider
        .hands_out(&world.key.sign(&world.claims(&pending.nonce)));
    let elsewhere = Pending {
        cookie: other.cookie.clone(),
        state: pending.state.clone(),
        nonce: String::new(),
    };
    let without = Pending {
        cookie: String::new(),
        ..elsewhere
    };
    let elsewhere = Pending {
        cookie: other.cookie,
        state: pending.state.clone(),
        nonce: String::new(),
    };
    for wrong in [elsewhere, without] {
        let (kind, message) = kind(end(&sign_in, &wrong).await);
        assert_eq!(kind, IdentityErrorKind::SignInRefused);
        assert!(message.contains("did not begin"), "{message}");
    }
    let late = world.sign_in_at("2026-11-28T08:10Z");
    let (_, message) = kind(end(&late, &pending).await);
    assert!(message.contains("ten minutes"), "{message}");
    // Nobody was asked so far.
    assert_eq!(world.provider.asked_for("/token"), 0);
    assert!(end(&sign_in, &pending).await.is_ok());
    // Another process knows that it was spent.
    let (kind, message) = kind(end(&world.sign_in(), &pending).await);
    assert_eq!(kind, IdentityErrorKind::SignInRefused);
    assert!(message.contains("used before"), "{message}");
    assert_eq!(world.provider.asked_for("/token"), 1);
}

#[tokio::test]
async fn the_session_that_the_browser_had_ends_although_its_cookie_does_not_come_back() {
    let world = World::new();
    let sign_in = world.sign_in();
    let right = |claims: Value| world.key.sign(&claims);
    let first = world.ended_with(&sign_in, right).await.unwrap();
    let had = first.begun.cookie.split_once(';').unwrap().0;
    let pending = begin_from(&sign_in, &request(had)).await;
    world
        .provider
        .hands_out(&right(world.claims(&pending.nonce)));
    assert!(end(&sign_in, &pending).await.is_ok());
    let before = request(had)
        .append_header(("origin", "http://localhost:8080"))
        .append_header(("x-deskledger", "1"));
    let sessions = sign_in.sessions().unwrap();
    let found = sessions
        .authenticate(&before, &StaticTokens::default())
        .await;
    assert_eq!(found.unwrap_err().kind(), IdentityErrorKind::NoSession);
}

#[tokio::test]
async fn what_the_provider_refuses_and_who_has_no_project_is_denied() {
    let world = World::new();
    let sign_in = world.sign_in();
    let pending = begin(&sign_in).await;
    let answer = ProviderAnswer {
        state: Some(pending.state.clone()),
        error: Some("access_denied\r\n\u{1b}[0m".to_owned()),
        ..ProviderAnswer::default()
    };
    let refused = sign_in.by_provider(&request(&pending.cookie), answer).await;
    let (denied, message) = kind(refused);
    assert_eq!(denied, IdentityErrorKind::SignInDenied);
    assert!(
        message.ends_with("sign the user in: access_denied[0m"),
        "{message}"
    );
    let pending = begin(&sign_in).await;
    let mixed_up = ProviderAnswer {
        state: Some(pending.state.clone()),
        code: Some("x".into()),
        issuer: Some("https://evil.example.com".to_owned()),
        ..ProviderAnswer::default()
    };
    let refused = sign_in
        .by_provider(&request(&pending.cookie), mixed_up)
        .await;
    assert_eq!(kind(refused).0, IdentityErrorKind::SignInRefused);
    for (name, value) in [
        ("groups", json!(["others"])),
        ("preferred_username", json!(7)),
    ] {
        let token = |claims: Value| world.key.sign(&with(claims, name, value));
        let (denied, message) = kind(world.ended_with(&sign_in, token).await);
        // A claim of another type than the standard says makes a token that nobody reads.
        let expected = [
            IdentityErrorKind::SignInDenied,
            IdentityErrorKind::IamUnavailable,
        ];
        assert!(expected.contains(&denied), "{message}");
    }
    world
        .provider
        .change(|answers| answers.token = (400, json!({"error": "invalid_grant"})));
    let pending = begin(&sign_in).await;
    assert_eq!(
        kind(end(&sign_in, &pending).await).0,
        IdentityErrorKind::SignInRefused
    );
    world
        .provider
        .change(|answers| answers.token = (401, json!({"error": "invalid_client"})));
    let pending = begin(&sign_in).await;
    assert_eq!(
        kind(end(&sign_in, &pending).await).0,
        IdentityErrorKind::IamUnavailable
    );
}
