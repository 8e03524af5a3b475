use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{RefOr, SecurityRequirement};

/// The names of the schemes.
const TOKEN: &str = "auth_token";
const SIGNATURE: &str = "signature";
const SESSION: &str = "session";

/// One of them is enough. With a token and a signature, the signature decides; the cookie of a session counts where it is alone.
pub(super) fn requirements() -> Vec<SecurityRequirement> {
    [TOKEN, SIGNATURE, SESSION]
        .map(|scheme| SecurityRequirement::new::<_, [String; 0], _>(scheme, []))
        .into()
}

/// The ways to say who asks (`contract.md` §4). OpenAPI knows no scheme for signed requests, so theirs is a header.
pub(super) fn schemes() -> [(String, RefOr<SecurityScheme>); 3] {
    let header = |scheme: &str, name: &str, description: &str| {
        let header = ApiKey::Header(ApiKeyValue::with_description(name, description));
        (scheme.to_owned(), SecurityScheme::ApiKey(header).into())
    };
    [
        header(
            TOKEN,
            "X-Auth-Token",
            "A token of IAM for the project in the path, or one that the settings of the service know: at most 40,000 characters.",
        ),
        header(
            SIGNATURE,
            "Authorization",
            "A request signed with an access key: \
             `SDK-HMAC-SHA256 Access=<AK>, SignedHeaders=<a;b>, Signature=<hex>`. A signature is good for one request \
             and for 15 minutes, and needs the header `X-Sdk-Date`: let a client library make it. Where it is sent, the \
             token is ignored.",
        ),
        (
            SESSION.to_owned(),
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "__Host-deskledger",
                "The session of somebody who signed in by `/v2/sign-in`, for pages of the service alone: a request must come from the \
                 same origin and, unless it is a navigation that reads, carry the header `X-Deskledger: 1`.",
            )))
            .into(),
        ),
    ]
}
