use actix_web::HttpResponse;
use deskledger_domain::{CredentialKind, Principal, ProjectId};
use deskledger_identity::PasswordLogin;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{SigningIn, audit_refused};
use super::route::Endpoint;
use super::session::SessionInfo;
use crate::error::{ApiError, ErrorCode};
use crate::http::body::read_object;
use crate::http::no_store::NoStore;
use crate::http::received::Received;

/// The most characters of the names, and of the password and the code.
const MAX_NAME_CHARS: usize = 255;
const MAX_SECRET_CHARS: usize = 4096;

/// A user of IAM.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInPassword {
    /// The name of the domain that the user is in.
    #[schema(min_length = 1, max_length = 255)]
    domain: String,
    /// The name of the user.
    #[schema(min_length = 1, max_length = 255)]
    user: String,
    /// The password.
    #[schema(value_type = String, min_length = 1, max_length = 4096)]
    password: SecretString,
    /// The code of the user's device, where they have one.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4096)]
    passcode: Option<SecretString>,
    /// The project to act in. Without it, the first that the user has roles in.
    #[schema(min_length = 1, max_length = 255)]
    project: Option<String>,
}

/// Signing in with a password of IAM.
pub(in crate::endpoint) struct SignInByPassword;

impl Endpoint for SignInByPassword {
    const REFUSALS: &'static [ErrorCode] = &[
        ErrorCode::InvalidRequest,
        ErrorCode::InvalidBody,
        ErrorCode::FieldLength,
        ErrorCode::InvalidProjectId,
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

/// Signs in with a user and a password of IAM.
///
/// The session has all projects of the user; their roles in one are found out when it is chosen. For pages of the service: the
/// request needs the header `X-Deskledger: 1` and must come from the same origin.
#[utoipa::path(
    post,
    path = "/v2/sign-in/iam",
    operation_id = "SignInByPassword",
    tag = "Sign-in",
    security(()),
    impl_for = SignInByPassword,
    request_body = SignInPassword,
    responses((status = 200, description = "The session. Its cookie is in the header `Set-Cookie`.", body = SessionInfo)),
)]
pub(in crate::endpoint) async fn sign_in_by_password(
    request: SigningIn<SignInByPassword>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let body: SignInPassword = read_object(
        &request.request,
        &request.body,
        "an object with the texts domain, user and password, and perhaps passcode and project",
    )?;
    let passcode = body.passcode.as_ref();
    check("domain", &body.domain, MAX_NAME_CHARS)?;
    check("user", &body.user, MAX_NAME_CHARS)?;
    check("password", body.password.expose_secret(), MAX_SECRET_CHARS)?;
    if let Some(passcode) = passcode {
        check("passcode", passcode.expose_secret(), MAX_SECRET_CHARS)?;
    }
    let project = body.project.map(ProjectId::new).transpose();
    let project = project
        .map_err(|mistake| ApiError::new(ErrorCode::InvalidProjectId, mistake.to_string()))?;
    let claimed = project
        .clone()
        .map(|project| Principal::new(&body.user, project, [""; 0]));
    let login = PasswordLogin {
        domain: body.domain,
        user: body.user,
        password: body.password,
        passcode: body.passcode,
    };
    let begun = {
        let access = request.state.access.get();
        let received = Received(&request.request);
        let begun = access
            .sign_in
            .by_password(&received, login, project.as_ref());
        begun.await.map_err(ApiError::from)
    };
    match begun {
        Ok(begun) => request.hand_out(begun, CredentialKind::Password).await,
        Err(error) => {
            if let Some(claimed) = claimed {
                let credential = CredentialKind::Password;
                audit_refused(&request, &claimed, credential, &error).await?;
            }
            Err(error)
        }
    }
}

fn check(name: &str, text: &str, most: usize) -> Result<(), ApiError> {
    let length = text.chars().count();
    if (1..=most).contains(&length) {
        return Ok(());
    }
    let message = format!("{name} has {length} characters: it must have 1 to {most}");
    Err(ApiError::new(ErrorCode::FieldLength, message))
}
