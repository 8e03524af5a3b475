use actix_web::App;
use actix_web::http::header::ALLOW;
use actix_web::test::{TestRequest, call_service, init_service};

use super::*;
use crate::http::no_store::NoStore;

/// An endpoint as a new one would be.
struct CountSamples;

impl Endpoint for CountSamples {
    const PARAMETERS: &'static [Parameter] = &[Parameter::UserName];
    const REFUSALS: &'static [ErrorCode] = &[ErrorCode::TooManyDays];
}

impl Protected for CountSamples {
    const ACTION: Action = Action::ListConnections;
}

/// Counts samples.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/samples",
    operation_id = "CountSamples",
    tag = "Samples",
    impl_for = CountSamples,
    responses((status = 200, description = "How many there are.")),
)]
async fn count_samples(_: Authorized<CountSamples>) -> NoStore<HttpResponse> {
    NoStore(HttpResponse::Ok().finish())
}

#[test]
fn a_handler_and_a_line_make_the_whole_entry_in_the_document() {
    let document = serde_json::to_value(document([endpoint(count_samples)])).unwrap();
    let operation = &document["paths"]["/v2/{project_id}/samples"]["get"];
    assert_eq!(operation["tags"], serde_json::json!(["Samples"]));
    assert_eq!(operation["summary"], "Counts samples.");
    let parameters = operation["parameters"].as_array().unwrap();
    let names: Vec<_> = parameters
        .iter()
        .map(|parameter| &parameter["name"])
        .collect();
    assert_eq!(names, ["project_id", "X-Project-Id", "user_name"]);
    let refusals = |status: &str| {
        let content = &operation["responses"][status]["content"]["application/json"];
        let examples = content["examples"].as_object();
        let codes = examples.into_iter().flatten().map(|(code, _)| code.clone());
        codes.collect::<Vec<_>>()
    };
    let has = |code: ErrorCode| {
        let status = code.status().to_string();
        refusals(&status).contains(&code.code().to_owned())
    };
    // Its own, and those that follow from credentials, a project, a body, a query, and an answer without parts.
    for code in [
        ErrorCode::TooManyDays,
        ErrorCode::Unauthenticated,
        ErrorCode::Forbidden,
        ErrorCode::InvalidProjectId,
        ErrorCode::UnsupportedMediaType,
        ErrorCode::UnknownParameter,
        ErrorCode::NotResumable,
        ErrorCode::MethodNotAllowed,
    ] {
        assert!(has(code), "{code:?}");
    }
    assert!(!has(ErrorCode::TaskNotFound));
}

#[actix_web::test]
async fn a_line_registers_the_method_the_head_and_the_refusal_of_all_others() {
    let app = App::new().configure(|config| register(config, [endpoint(count_samples)]));
    let app = init_service(app).await;
    for (method, path, status) in [
        // The state of the service is missing here, which is found by the handler's arguments.
        (Method::GET, "/v2/p/samples", 500),
        (Method::HEAD, "/v2/p/samples", 500),
        (Method::DELETE, "/v2/p/samples", 405),
        (Method::GET, "/v2/p/others", 404),
    ] {
        let request = TestRequest::with_uri(path).method(method.clone());
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
    }
}

#[actix_web::test]
async fn a_path_names_all_its_methods_to_a_request_with_another() {
    let answer = || ready(HttpResponse::Ok());
    let routes = [Method::GET, Method::POST].map(|method| undescribed(method, "/x", answer));
    let app = init_service(App::new().service(resource("/x", routes.into()))).await;
    for (method, status, allow) in [
        (Method::GET, 200, None),
        (Method::POST, 200, None),
        (Method::HEAD, 200, None),
        (Method::PUT, 405, Some("GET, HEAD, POST")),
    ] {
        let request = TestRequest::with_uri("/x").method(method);
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.status().as_u16(), status);
        let allowed = response.headers().get(ALLOW);
        assert_eq!(allowed.map(|methods| methods.to_str().unwrap()), allow);
    }
}
