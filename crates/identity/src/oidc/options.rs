use std::collections::BTreeSet;
use std::time::Duration;

use deskledger_domain::ProjectId;
use secrecy::SecretString;
use ureq::tls::RootCerts;

/// A provider, how it is asked, and what its users may do here.
#[derive(Clone, Debug)]
pub struct OidcOptions {
    /// What the provider calls itself, to the letter: `https://id.example.com/realms/company`.
    pub issuer: String,
    /// What it calls this service.
    pub client_id: String,
    /// By which this service is known to it. `None`: a public client.
    pub client_secret: Option<SecretString>,
    /// What people call it.
    pub label: String,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that names the user: a name, or a path with dots.
    pub user_claim: String,
    /// The claim that lists their groups: a name, or a path with dots.
    pub groups_claim: String,
    /// What groups may do here.
    pub grants: Vec<OidcGrant>,
    /// By how much the clocks of the provider and of this service may differ.
    pub leeway: Duration,
    /// Where browsers reach this service: `https://ledger.example.com/desk`.
    pub public_url: String,
    /// The authorities that the certificate of the provider must come from.
    pub roots: RootCerts,
    /// How long one question to it may take.
    pub request_timeout: Duration,
}

/// What the people of a group may do in a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcGrant {
    /// The group as the claim has it; `*` is everybody whom the provider signs in.
    pub group: String,
    /// The project.
    pub project: ProjectId,
    /// The roles that they have in it.
    pub roles: BTreeSet<String>,
}
