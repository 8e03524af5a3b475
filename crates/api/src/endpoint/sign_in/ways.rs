use actix_web::web::Json;
use deskledger_domain::SignInWay;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Open;
use super::extract::answer;
use super::route::Endpoint;
use crate::http::no_store::NoStore;

/// How people can sign in here.
#[derive(Serialize, ToSchema)]
pub(in crate::endpoint) struct SignInWays {
    /// `oidc`, `iam` and `token`: none of them where nobody can sign in.
    #[schema(examples("iam"))]
    ways: Vec<&'static str>,
    /// What people call the provider of `oidc`; null without one.
    #[schema(required, examples("your company"))]
    oidc_label: Option<String>,
}

/// The ways to sign in.
pub(in crate::endpoint) struct ListSignInWays;

impl Endpoint for ListSignInWays {}

/// Lists how people can sign in.
///
/// It needs no credentials.
#[utoipa::path(
    get,
    path = "/v2/sign-in",
    operation_id = "ListSignInWays",
    tag = "Sign-in",
    security(()),
    impl_for = ListSignInWays,
    responses((status = 200, description = "The ways that are configured.", body = SignInWays)),
)]
// Without errors of its own: an `ApiError` comes from what stands before it.
pub(in crate::endpoint) async fn list_ways(
    request: Open<ListSignInWays>,
) -> NoStore<Json<SignInWays>> {
    let access = request.state.access.get();
    let ways = access.sign_in.ways();
    let ways = ways.into_iter().map(SignInWay::name).collect();
    let oidc_label = access.sign_in.oidc_label().map(str::to_owned);
    answer(SignInWays { ways, oidc_label })
}
