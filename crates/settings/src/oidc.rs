use std::path::PathBuf;
use std::time::Duration;

use deskledger_domain::ProjectId;
use deskledger_identity::{InvalidOidc, Oidc, OidcGrant, OidcOptions, is_private};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use ureq::http::Uri;
use ureq::tls::RootCerts;

use super::check::wrong;
use super::{Settings, SettingsError, certificate};

const PUBLIC_URL: &str = "server.public_url";

/// The most characters of what people call the provider.
const MAX_LABEL_CHARS: usize = 64;

/// How long one question to the provider may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// The provider of `OpenID` Connect by which people sign in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcSettings {
    /// What it calls itself, to the letter: `https://id.example.com/realms/company`. Empty: there is no provider.
    pub issuer: String,
    /// What it calls this service.
    pub client_id: String,
    /// By which it knows this service. Empty: a public client. It is never shown.
    pub client_secret: SecretString,
    /// What people call it: 1 to 64 characters.
    pub label: String,
    /// What it is asked for.
    pub scopes: Vec<String>,
    /// The claim that names the user: a name, or a path with dots.
    pub user_claim: String,
    /// The claim that lists their groups: a name, or a path with dots.
    pub groups_claim: String,
    /// What groups may do here.
    pub grants: Vec<OidcGrantSettings>,
    /// By how much its clock and ours may differ, in seconds.
    pub leeway_seconds: u32,
    /// A file of certificates (PEM) that its certificate must come from. Empty: those of the public authorities.
    pub ca_file: PathBuf,
}

/// What the people of a group may do in a project.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcGrantSettings {
    /// The group, as the claim has it. `*`: everybody whom the provider signs in.
    pub group: String,
    /// The project.
    pub project_id: String,
    /// The roles that they have in it.
    pub roles: Vec<String>,
}

impl OidcSettings {
    /// Whether people sign in by a provider.
    pub fn is_configured(&self) -> bool {
        !self.issuer.is_empty()
    }

    /// Refuses an issuer whose answers others could read, or change.
    fn check_issuer(&self) -> Result<(), SettingsError> {
        let refused = |reason: &str| Err(wrong(&key_of("issuer"), reason));
        let Ok(uri) = self.issuer.parse::<Uri>() else {
            return refused(&InvalidOidc::Issuer.to_string());
        };
        // What is in front of an `@` is a password, and must not be shown.
        if uri
            .authority()
            .is_none_or(|host| host.as_str().contains('@'))
        {
            return refused("must be a URL that names a host, and neither a user nor a password");
        }
        if !is_private(&uri) {
            return refused("must begin with https://, or with http:// and name this machine");
        }
        if self.issuer.contains(['?', '#']) {
            return refused("must have neither a query nor a fragment");
        }
        if self.issuer.contains("/.well-known/") {
            return refused("leave the /.well-known/… out: the service adds it");
        }
        Ok(())
    }

    /// Refuses texts that mean nothing.
    fn check_texts(&self) -> Result<(), SettingsError> {
        for (key, text) in [
            ("client_id", &self.client_id),
            ("label", &self.label),
            ("user_claim", &self.user_claim),
            ("groups_claim", &self.groups_claim),
        ] {
            if text.is_empty() || text.chars().any(char::is_control) {
                let reason = "must have at least one character, and no control character";
                return Err(wrong(&key_of(key), reason));
            }
        }
        if self.label.chars().count() > MAX_LABEL_CHARS {
            let reason = format!("must have at most {MAX_LABEL_CHARS} characters");
            return Err(wrong(&key_of("label"), reason));
        }
        for (position, scope) in self.scopes.iter().enumerate() {
            if scope.is_empty() || !scope.bytes().all(|byte| byte.is_ascii_graphic()) {
                let key = key_of(&format!("scopes[{position}]"));
                return Err(wrong(&key, "must be visible characters of ASCII"));
            }
        }
        Ok(())
    }

    /// What groups may do here.
    ///
    /// # Errors
    /// When a group or a project is invalid. The error names the grant by its position.
    fn grants(&self) -> Result<Vec<OidcGrant>, SettingsError> {
        let grants = self.grants.iter().enumerate();
        let grant = |(position, grant): (usize, &OidcGrantSettings)| {
            let key = |name: &str| key_of(&format!("grants[{position}].{name}"));
            if grant.group.is_empty() {
                return Err(wrong(&key("group"), "must not be empty: * is everybody"));
            }
            if grant.roles.is_empty() {
                return Err(wrong(&key("roles"), "must name at least one role"));
            }
            let project = ProjectId::new(&grant.project_id);
            Ok(OidcGrant {
                group: grant.group.clone(),
                project: project.map_err(|reason| wrong(&key("project_id"), reason))?,
                roles: grant.roles.iter().cloned().collect(),
            })
        };
        grants.map(grant).collect()
    }
}

impl Settings {
    /// Checks what needs no file.
    pub(super) fn check_oidc(&self) -> Result<(), SettingsError> {
        if self.identity.oidc.is_configured() {
            self.oidc_with(RootCerts::WebPki)?;
        }
        Ok(())
    }

    /// The provider by which people sign in, where there is one. It is not asked yet.
    ///
    /// # Errors
    /// When a setting is wrong, or the file of certificates cannot be read.
    pub fn oidc(&self) -> Result<Option<Oidc>, SettingsError> {
        let settings = &self.identity.oidc;
        if !settings.is_configured() {
            return Ok(None);
        }
        let roots = certificate::roots(&settings.ca_file, &key_of("ca_file"))?;
        self.oidc_with(roots).map(Some)
    }

    fn oidc_with(&self, roots: RootCerts) -> Result<Oidc, SettingsError> {
        let settings = &self.identity.oidc;
        settings.check_issuer()?;
        settings.check_texts()?;
        let Some(origin) = self.server.public_origin()? else {
            let reason = "needs server.public_url: the provider leads browsers back to there";
            return Err(wrong(&key_of("issuer"), reason));
        };
        if !origin.parse().is_ok_and(|origin| is_private(&origin)) {
            let reason = "must begin with https://, but for this machine, where people sign in by identity.oidc: browsers take no \
                          cookie in the clear";
            return Err(wrong(PUBLIC_URL, reason));
        }
        let secret = &settings.client_secret;
        let options = OidcOptions {
            issuer: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
            client_secret: (!secret.expose_secret().is_empty()).then(|| secret.clone()),
            label: settings.label.clone(),
            scopes: settings.scopes.clone(),
            user_claim: settings.user_claim.clone(),
            groups_claim: settings.groups_claim.clone(),
            grants: settings.grants()?,
            leeway: Duration::from_secs(settings.leeway_seconds.into()),
            public_url: self.server.public_url.clone(),
            roots,
            request_timeout: REQUEST_TIMEOUT,
        };
        Oidc::new(options).map_err(|reason| match reason {
            InvalidOidc::Issuer => wrong(&key_of("issuer"), reason),
            InvalidOidc::PublicUrl => wrong(PUBLIC_URL, reason),
        })
    }
}

fn key_of(name: &str) -> String {
    format!("identity.oidc.{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What makes settings wrong.
    type Change = fn(&mut OidcSettings);

    fn settings() -> Settings {
        let mut settings = Settings::defaults().unwrap();
        "https://ledger.example.com/desk".clone_into(&mut settings.server.public_url);
        let oidc = &mut settings.identity.oidc;
        "https://id.example.com/realms/a".clone_into(&mut oidc.issuer);
        "deskledger".clone_into(&mut oidc.client_id);
        oidc.grants = vec![OidcGrantSettings {
            group: "*".to_owned(),
            project_id: "p1".to_owned(),
            roles: vec!["te_admin".to_owned()],
        }];
        settings
    }

    #[test]
    fn a_provider_needs_an_issuer_that_is_private_and_a_public_url() {
        assert!(Settings::defaults().unwrap().oidc().unwrap().is_none());
        assert!(settings().oidc().unwrap().is_some());
        for issuer in [
            "http://127.0.0.1:8080",
            "http://localhost/realms/a",
            "http://[::1]",
        ] {
            let mut settings = settings();
            issuer.clone_into(&mut settings.identity.oidc.issuer);
            assert!(settings.check_oidc().is_ok(), "{issuer}");
        }
        for issuer in [
            "id.example.com",
            "/realms/a",
            "http://id.example.com",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "https://ann:hunter2@id.example.com",
            "https://id.example.com?a",
            "https://id.example.com#a",
            "https://id.example.com/.well-known/openid-configuration",
            "no such thing",
        ] {
            let mut settings = settings();
            issuer.clone_into(&mut settings.identity.oidc.issuer);
            let error = settings.check_oidc().unwrap_err().to_string();
            assert!(error.starts_with("identity.oidc.issuer: "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        for (url, expected) in [
            ("", "identity.oidc.issuer: needs server.public_url"),
            ("http://ledger.example.com", "server.public_url: must begin"),
        ] {
            let mut settings = settings();
            url.clone_into(&mut settings.server.public_url);
            let error = settings.check_oidc().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused_by_its_key() {
        let changes: [(&str, Change); 9] = [
            ("client_id", |oidc| oidc.client_id.clear()),
            ("label", |oidc| oidc.label.clear()),
            ("label", |oidc| oidc.label = "x".repeat(65)),
            ("user_claim", |oidc| oidc.user_claim.clear()),
            ("groups_claim", |oidc| oidc.groups_claim = "a\n".to_owned()),
            ("scopes[0]", |oidc| oidc.scopes = vec!["a b".to_owned()]),
            ("grants[0].group", |oidc| oidc.grants[0].group.clear()),
            ("grants[0].project_id", |oidc| {
                oidc.grants[0].project_id.clear();
            }),
            ("grants[0].roles", |oidc| oidc.grants[0].roles.clear()),
        ];
        for (key, change) in changes {
            let mut settings = settings();
            change(&mut settings.identity.oidc);
            let error = settings.check_oidc().unwrap_err().to_string();
            let expected = format!("identity.oidc.{key}: ");
            assert!(error.starts_with(&expected), "{error}");
            settings.identity.oidc.issuer.clear();
            assert!(settings.check_oidc().is_ok(), "{key}");
        }
    }

    #[test]
    fn grants_that_give_nothing_are_named_and_no_secret_is_shown() {
        let mut settings = settings();
        settings.identity.oidc.client_secret = "hunter2".into();
        settings.identity.oidc.grants[0].roles = vec!["te_amdin".to_owned()];
        let notices = settings.notices().join("\n");
        assert!(
            notices.contains("the role \"te_amdin\" of the group \"*\""),
            "{notices}"
        );
        settings.identity.oidc.grants.clear();
        let notices = settings.notices().join("\n");
        assert!(
            notices.contains("identity.oidc.grants is empty"),
            "{notices}"
        );
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
