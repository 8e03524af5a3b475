//! For every caller, project and policy, the rows are those of the project that the caller may read, or the answer is 401
//! or 403. Only the right administrators can read the reason of a 403.

use std::collections::{BTreeMap, BTreeSet};

use deskledger_api::ErrorCode;
use deskledger_domain::Action;
use deskledger_tests::{
    Answer, Database, Service, on_both_databases, percent_encode, secret, sheets, token,
};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::denial::{decode, decoded};
use crate::record::{bare, time};
use crate::task::add;

on_both_databases! {
    nobody_gets_a_row_of_another_project_nor_its_reasons
}

const POLICIES: u64 = 6;
const USERS: usize = 24;
const CASES: usize = 120;
const RECORDS: usize = 6;
const USER_NAMES: usize = 3;

/// Projects whose names are easily taken for each other.
const PROJECTS: [&str; 7] = ["p1", "P1", "p1 ", "p", "p1/..", "%70%31", "项目"];

/// Roles that a user may have. No policy knows `ghost`.
const ROLES: [&str; 6] = ["te_admin", "wks_auditor", "TE_ADMIN", "clerk", "", "ghost"];

/// A policy as the settings have it: role, and the names of its actions.
type Roles = BTreeMap<String, Vec<String>>;

struct User {
    token: String,
    name: String,
    project: &'static str,
    roles: BTreeSet<&'static str>,
}

impl User {
    /// What the policy should decide, computed in another way than the policy does.
    fn may(&self, action: Action, project: &str, policy: &Roles) -> bool {
        let names = |role: &str| policy.get(role).into_iter().flatten();
        let allowed: BTreeSet<_> = self.roles.iter().copied().flat_map(names).collect();
        self.project == project && allowed.contains(&action.name().to_owned())
    }
}

fn nobody_gets_a_row_of_another_project_nor_its_reasons(database: &Database) {
    fill(database);
    let mut outcomes = BTreeMap::new();
    for seed in 0..POLICIES {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let users = users(&mut random);
        let mut policy = Roles::new();
        let service = Service::start_with(database, |settings| {
            // The first is the one that everybody has.
            if seed > 0 {
                settings.access.roles = random_policy(&mut random);
            }
            policy.clone_from(&settings.access.roles);
            // Tasks stay as they are.
            settings.tasks.at_once = 0;
            settings.identity.tokens = users
                .iter()
                .map(|user| {
                    let roles: Vec<_> = user.roles.iter().copied().collect();
                    token(&user.token, user.project, &roles)
                })
                .collect();
        });
        for _ in 0..CASES {
            let recorded = check_recording(&mut random, &service, &users, &policy);
            *outcomes.entry(recorded).or_insert(0) += 1;
            for outcome in check(&mut random, &service, &users, &policy) {
                *outcomes.entry(outcome).or_insert(0) += 1;
            }
        }
    }
    for outcome in [
        "recorded",
        "recorder unknown",
        "recorder denied",
        "exported",
        "listed",
        "counted",
        "tasks listed",
        "unknown",
        "other project",
        "no role",
        "decoded",
        "decoder unknown",
        "decoder denied",
        "decoder foreign",
    ] {
        let count = outcomes.get(outcome).copied().unwrap_or_default();
        assert!(count >= 10, "{outcome}: {outcomes:?}");
    }
}

/// As many records for each project, of which a filter finds a third.
fn fill(database: &Database) {
    for (position, project) in PROJECTS.iter().enumerate() {
        let records = (0..RECORDS).map(|number| {
            let mut fields = bare(&format!("{position}-{number}"), "2020-04-13T02:00Z");
            fields.user_name = Some(format!("user-{}", number % USER_NAMES));
            // In each project its users are online in another hour.
            fields.connection_setup_time = Some(time(&format!("2020-04-13T{position:02}:10Z")));
            fields.connection_end_time = Some(time(&format!("2020-04-13T{position:02}:50Z")));
            fields
        });
        database.fill(project, records);
        for number in 0..RECORDS {
            let name = format!("user-{}", number % USER_NAMES);
            add(database, project, &format!("{position}-{number}"), &name);
        }
    }
}

fn users(random: &mut ChaCha8Rng) -> Vec<User> {
    (0..USERS)
        .map(|number| {
            let secret = secret(&format!("user-{number}"));
            User {
                name: token(&secret, "", &[]).user,
                token: secret,
                project: PROJECTS.choose(random).unwrap(),
                roles: some(random, &ROLES, 0.4),
            }
        })
        .collect()
}

fn random_policy(random: &mut ChaCha8Rng) -> Roles {
    let known: BTreeSet<_> = some(random, &ROLES[..5], 0.8);
    let roles = known.into_iter().map(|role| {
        let actions: BTreeSet<_> = some(random, &Action::ALL, 0.5);
        let names = actions.into_iter().map(|action| action.name().to_owned());
        (role.to_owned(), names.collect())
    });
    roles.collect()
}

/// Each of some values with a probability.
fn some<T: Copy + Ord>(random: &mut ChaCha8Rng, of: &[T], probability: f64) -> BTreeSet<T> {
    let mut chosen = of.to_vec();
    chosen.retain(|_| random.random_bool(probability));
    chosen.into_iter().collect()
}

/// Records something, and says how that was answered. Where it may not be recorded, it would change what filters find.
fn check_recording(
    random: &mut ChaCha8Rng,
    service: &Service,
    users: &[User],
    policy: &Roles,
) -> &'static str {
    let user = somebody(random, users);
    let project = match user {
        Some(user) if random.random_bool(0.6) => user.project,
        _ => PROJECTS.choose(random).unwrap(),
    };
    let index = PROJECTS.iter().position(|name| *name == project).unwrap();
    let nobody = secret("nobody");
    let token = user.map_or(&nobody, |user| &user.token);
    let may = user.is_some_and(|user| user.may(Action::RecordConnections, project, policy));
    // A user without the right tries to rename what is there. A user with the right sends what is known already.
    let number = random.random_range(0..RECORDS);
    let name = if may {
        format!("user-{}", number % 3)
    } else {
        "intruder".to_owned()
    };
    let event = json!([{"transaction_id": format!("{index}-{number}"), "user_name": name}]);
    let path = format!("/v2/{}/connections/desktops", percent_encode(project));
    let answer = service.post(&path, token, &event);
    if user.is_none() {
        assert_eq!(answer.error().0, ErrorCode::Unauthenticated.code());
        return "recorder unknown";
    }
    if !may {
        assert_eq!(answer.error().0, ErrorCode::Forbidden.code(), "{path}");
        return "recorder denied";
    }
    assert_eq!(answer.json(), json!({"inserted": 0, "updated": 1}));
    "recorded"
}

/// Asks once, checks the answer, and says what it was; where it is a denial, somebody tries to decode it.
fn check(
    random: &mut ChaCha8Rng,
    service: &Service,
    users: &[User],
    policy: &Roles,
) -> Vec<&'static str> {
    let user = somebody(random, users);
    let project = match user {
        Some(user) if random.random_bool(0.6) => user.project,
        _ => PROJECTS.choose(random).unwrap(),
    };
    let filter = random.random_range(0..=USER_NAMES);
    let query = if filter < USER_NAMES {
        format!("user_name=USER-{filter}")
    } else {
        String::new()
    };
    let resource = *Resource::ALL.choose(random).unwrap();
    let path = resource.path(project, &query);
    let nobody = secret("nobody");
    let token = user.map_or(&nobody, |user| &user.token);
    let answer = service.get(&path, &[("X-Auth-Token", token)]);

    let Some(user) = user else {
        assert_eq!(answer.error().0, ErrorCode::Unauthenticated.code());
        return vec!["unknown"];
    };
    if user.may(resource.action(), project, policy) {
        assert_eq!(answer.status, 200);
        let index = PROJECTS.iter().position(|name| *name == project).unwrap();
        return vec![resource.check(&answer, index, filter)];
    }
    assert_eq!(answer.error().0, ErrorCode::Forbidden.code(), "{path}");
    let reason = reason(user, project, resource.action(), policy, &answer);
    let outcome = if user.project == project {
        "no role"
    } else {
        "other project"
    };
    let decoder = somebody(random, users);
    vec![
        outcome,
        check_decoding(service, decoder, user, policy, &answer, &reason),
    ]
}

fn somebody<'a>(random: &mut ChaCha8Rng, users: &'a [User]) -> Option<&'a User> {
    random
        .random_bool(0.9)
        .then(|| users.choose(random).unwrap())
}

/// What is asked for.
#[derive(Clone, Copy)]
enum Resource {
    Export,
    List,
    UsersOnline,
    Tasks,
}

impl Resource {
    const ALL: [Self; 4] = [Self::Export, Self::List, Self::UsersOnline, Self::Tasks];

    const fn action(self) -> Action {
        match self {
            Self::Export => Action::ExportConnections,
            Self::List | Self::UsersOnline => Action::ListConnections,
            Self::Tasks => Action::ListExportTasks,
        }
    }

    fn path(self, project: &str, query: &str) -> String {
        let resource = match self {
            Self::Export => format!("connections/desktops/export?{query}"),
            Self::List => format!("connections/desktops?{query}"),
            Self::Tasks => {
                let query = query.replace("user_name=USER", "file_name=user");
                format!("export-tasks?{query}")
            }
            Self::UsersOnline => {
                "connections/online-users?start_time=2020-04-13T00:00Z&end_time=2020-04-14T00:00Z"
                    .to_owned()
            }
        };
        format!("/v2/{}/{resource}", percent_encode(project))
    }

    /// Whether an answer holds what there is of a project, and nothing of another.
    fn check(self, answer: &Answer, project: usize, filter: usize) -> &'static str {
        let found: BTreeSet<_> = match self {
            Self::Export => sheets(&answer.body)[0]
                .texts("Transaction ID")
                .into_iter()
                .collect(),
            Self::List => {
                let page: Value = serde_json::from_slice(&answer.body).unwrap();
                let records = page["records"].as_array().unwrap().iter();
                records
                    .map(|record| record["transaction_id"].as_str().unwrap().to_owned())
                    .collect()
            }
            Self::Tasks => {
                let page: Value = serde_json::from_slice(&answer.body).unwrap();
                let tasks = page["export_tasks"].as_array().unwrap().iter();
                tasks
                    .map(|task| task["task_id"].as_str().unwrap().to_owned())
                    .collect()
            }
            Self::UsersOnline => {
                let body: Value = serde_json::from_slice(&answer.body).unwrap();
                let counts = (0..24).map(|hour| {
                    let users = if hour == project { USER_NAMES } else { 0 };
                    format!("{hour:02}:00 : {users}")
                });
                assert_eq!(body["time_counts"], counts.collect::<Value>());
                return "counted";
            }
        };
        let expected: BTreeSet<_> = (0..RECORDS)
            .filter(|number| filter == USER_NAMES || number % USER_NAMES == filter)
            .map(|number| format!("{project}-{number}"))
            .collect();
        assert_eq!(found, expected);
        match self {
            Self::Export => "exported",
            Self::Tasks => "tasks listed",
            _ => "listed",
        }
    }
}

/// Why a user is denied to do something.
fn reason(user: &User, project: &str, action: Action, policy: &Roles, answer: &Answer) -> Value {
    let (rule, roles) = if user.project == project {
        let (lacking, unknown): (Vec<&str>, Vec<&str>) = user
            .roles
            .iter()
            .partition(|role| policy.contains_key(**role));
        let roles = json!({"lacking": lacking, "unknown": unknown, "left_out": 0});
        ("no_role", roles)
    } else {
        ("other_project", Value::Null)
    };
    json!({
        "allowed": false,
        "rule": rule,
        "principal": {"user": user.name, "project_id": user.project},
        "action": action.name(),
        "project_id": project,
        "roles": roles,
        "time": "2020-05-01T08:00:00Z",
        "request_id": answer.header("x-request-id").unwrap(),
    })
}

fn check_decoding(
    service: &Service,
    decoder: Option<&User>,
    denied: &User,
    policy: &Roles,
    denial: &Answer,
    reason: &Value,
) -> &'static str {
    let nobody = secret("nobody");
    let token = decoder.map_or(&nobody, |user| &user.token);
    let answer = decode(service, token, &denial.authorization_message());
    let Some(decoder) = decoder else {
        assert_eq!(answer.error().0, ErrorCode::Unauthenticated.code());
        return "decoder unknown";
    };
    if !decoder.may(Action::DecodeAuthorizationMessage, decoder.project, policy) {
        assert_eq!(answer.error().0, ErrorCode::Forbidden.code());
        return "decoder denied";
    }
    if decoder.project != denied.project {
        assert_eq!(answer.error().0, ErrorCode::UndecodableMessage.code());
        return "decoder foreign";
    }
    let mut found = decoded(&answer);
    let fields = found.as_object_mut().unwrap();
    fields.remove("explanation").unwrap();
    fields.entry("roles").or_insert(Value::Null);
    assert_eq!(found, *reason);
    "decoded"
}
