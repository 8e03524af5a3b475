use actix_web::HttpResponse;
use deskledger_domain::CredentialKind;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::SigningIn;
use super::route::Endpoint;
use super::session::SessionInfo;
use crate::error::{ApiError, ErrorCode};
use crate::http::body::read_object;
use crate::http::no_store::NoStore;
use crate::http::received::Received;

/// The longest token, in bytes: those of IAM have up to 40,000.
const MAX_TOKEN_BYTES: usize = 40_960;

/// A token to sign in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInToken {
    /// The token, as programs send it in the header `X-Auth-Token`.
    #[schema(value_type = String, min_length = 1, max_length = 40960)]
    token: SecretString,
}

/// Signing in with a token.
pub(in crate::endpoint) struct SignInByToken;

impl Endpoint for SignInByToken {
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::InvalidRequest,
        ErrorCode::InvalidBody,
        ErrorCode::FieldLength,
        ErrorCode::SignInRefused,
        ErrorCode::Forbidden,
        ErrorCode::OtherSite,
        ErrorCode::SignInNotConfigured,
        ErrorCode::BodyTooSlow,
        ErrorCode::BodyTooLarge,
        ErrorCode::UnsupportedMediaType,
        ErrorCode::TooManyRequests,
        ErrorCode::Unavailable,
        ErrorCode::IamUnavailable,
    ];
}

/// Signs in with a token.
///
/// The session is that of the token's user in its project. It ends, besides when every session does, as soon as the token is not
/// valid any more. For pages of the service: the request needs the header `X-Deskledger: 1` and must come from the same origin.
#[utoipa::path(
    post,
    path = "/v2/sign-in/token",
    operation_id = "SignInByToken",
    tag = "Sign-in",
    security(()),
    impl_for = SignInByToken,
    request_body = SignInToken,
    responses((status = 200, description = "The session. Its cookie is in the header `Set-Cookie`.", body = SessionInfo)),
)]
pub(in crate::endpoint) async fn sign_in_by_token(
    request: SigningIn<SignInByToken>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let body: SignInToken = read_object(
        &request.request,
        &request.body,
        "an object with one field, token, which is a text",
    )?;
    let length = body.token.expose_secret().len();
    if !(1..=MAX_TOKEN_BYTES).contains(&length) {
        let message = format!("token has {length} bytes: it must have 1 to {MAX_TOKEN_BYTES}");
        return Err(ApiError::new(ErrorCode::FieldLength, message));
    }
    let begun = {
        let access = request.state.access.get();
        let received = Received(&request.request);
        access.sign_in.by_token(&received, &body.token).await?
    };
    request.hand_out(begun, CredentialKind::Token).await
}
