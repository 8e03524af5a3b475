use deskledger_domain::{SignInWay, parse_time};
use deskledger_store::{Database, SessionBounds, StoreSettings};

use super::*;
use crate::request::tests::TestRequest;
use crate::seal::{Sealer, SealingKey};
use crate::token::{StaticTokens, TokenHash};

fn sessions(folder: &tempfile::TempDir) -> Sessions {
    let url = format!("sqlite://{}/sessions.sqlite3", folder.path().display());
    let database = Database::open(&StoreSettings::new(url)).unwrap();
    database.records().migrate().unwrap();
    let key = SealingKey::of_bytes("a", &[7; 32]).unwrap();
    let options = SessionOptions {
        idle: Duration::from_secs(1800),
        lifetime: Duration::from_secs(28_800),
        bounds: SessionBounds {
            of_owner: 10,
            of_project: 100,
        },
        site: Site::new(None),
    };
    let clock = Clock::fixed(parse_time("2026-11-28T08:00Z").unwrap());
    let sealer = SessionSealer::new(Sealer::new(key, Vec::new()));
    Sessions::new(database.sessions(), sealer, options, clock)
}

fn request(cookie: &str) -> TestRequest {
    TestRequest::get()
        .append_header(("host", "localhost"))
        .append_header(("origin", "http://localhost"))
        .append_header((SCRIPT_HEADER, "1"))
        .append_header(("user-agent", "a browser\u{7}\u{e9}"))
        .append_header(("cookie", cookie))
}

fn ann(projects: &[&str], expires_at: Option<DateTime<Utc>>) -> SignedIn {
    let of = |id: &&str| {
        let project = ProjectId::new(*id).unwrap();
        SessionProject::of(
            &Principal::new("ann", project, [format!("role in {id}")]),
            None,
        )
    };
    SignedIn {
        user: "ann".to_owned(),
        way: SignInWay::Oidc,
        identity: vec!["ann".to_owned()],
        projects: projects.iter().map(of).collect(),
        token: None,
        replaces: None,
        expires_at,
    }
}

fn cookie(set: &str) -> &str {
    set.split_once(';').unwrap().0
}

#[tokio::test]
async fn a_session_acts_in_one_of_its_projects_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = sessions(&folder);
    let signed_in = ann(&["p1", "p2"], None);
    let (_, set) = sessions.begin(&request(""), signed_in).await.unwrap();
    let find = async || {
        let request = request(cookie(&set));
        sessions
            .authenticate(&request, &StaticTokens::default())
            .await
    };
    let session = find().await.unwrap();
    let is = |session: &ActiveSession, id: &str| {
        let principal = session.principal();
        let roles: Vec<_> = principal.roles().collect();
        assert_eq!(principal.project_id().as_str(), id);
        assert_eq!(roles, [format!("role in {id}")]);
    };
    is(&session, "p1");
    assert_eq!(session.about().user_agent.as_deref(), Some("a browseré"));
    let other = |id: &str| ProjectId::new(id).unwrap();
    let changed = sessions.choose(&session, &other("p2"), None).await.unwrap();
    is(&changed, "p2");
    is(&find().await.unwrap(), "p2");
    let refused = sessions.choose(&session, &other("p3"), None).await;
    assert_eq!(refused.unwrap_err().kind(), IdentityErrorKind::NoProject);
    // It is found in either project, and ended in both.
    for id in ["p1", "p2"] {
        let principal = Principal::new("x", other(id), [""; 0]);
        let scope = deskledger_domain::Policy::decide_own(&principal, &other(id)).unwrap();
        assert_eq!(sessions.list(scope, None).await.unwrap().len(), 1);
    }
    sessions.sign_out(&request(""), &session).await.unwrap();
    assert_eq!(
        find().await.unwrap_err().kind(),
        IdentityErrorKind::NoSession
    );
    let late = sessions.choose(&session, &other("p2"), None).await;
    assert_eq!(late.unwrap_err().kind(), IdentityErrorKind::NoSession);
}

#[tokio::test]
async fn a_session_ends_no_later_than_what_it_stands_on() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = sessions(&folder);
    let soon = parse_time("2026-11-28T08:10Z").unwrap();
    for (expires_at, ends_at) in [
        (Some("2026-11-28T08:10Z"), "2026-11-28T08:10Z"),
        (Some("2026-11-29T08:10Z"), "2026-11-28T16:00Z"),
        (None, "2026-11-28T16:00Z"),
    ] {
        let expires_at = expires_at.map(|time| parse_time(time).unwrap());
        let signed_in = ann(&["p1"], expires_at);
        let (session, _) = sessions.begin(&request(""), signed_in).await.unwrap();
        assert_eq!(session.about().ends_at, parse_time(ends_at).unwrap());
    }
    assert!(soon < parse_time("2026-11-28T16:00Z").unwrap());
    let nobody = ann(&[], None);
    let refused = sessions.begin(&request(""), nobody).await.unwrap_err();
    assert_eq!(refused.kind(), IdentityErrorKind::NoProject);
}

#[tokio::test]
async fn the_token_of_a_session_is_asked_about_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = sessions(&folder);
    let mut signed_in = ann(&["p1"], None);
    signed_in.token = Some("foo".to_owned());
    let (_, set) = sessions.begin(&request(""), signed_in).await.unwrap();
    let mut tokens = StaticTokens::default();
    let project = ProjectId::new("p1").unwrap();
    let roles = ["role in p1", "one that came later"];
    tokens.insert(TokenHash::of(b"foo"), Principal::new("ann", project, roles));
    let request = request(cookie(&set));
    let session = sessions.authenticate(&request, &tokens).await.unwrap();
    let roles: Vec<_> = session.principal().roles().collect();
    assert_eq!(roles, ["role in p1"]);
    let nobody = StaticTokens::default();
    for tokens in [&nobody, &tokens] {
        let refused = sessions.authenticate(&request, tokens).await.unwrap_err();
        assert_eq!(refused.kind(), IdentityErrorKind::NoSession);
    }
}
