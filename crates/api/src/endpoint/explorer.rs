use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpResponse, web};

use crate::error::ApiError;

/// What the page may do: run and show what this service sends, and ask this service. `data:` is for the icons in the
/// style.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// What has the version in its name never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// What is ours may change with the program.
const ASK_AGAIN: &str = "no-cache";

/// A file of the page.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    /// It is kept packed, and sent so: every browser unpacks it.
    gzipped: bool,
    cache: &'static str,
    bytes: &'static [u8],
}

const PAGE: Asset = Asset {
    name: "",
    media_type: "text/html; charset=utf-8",
    gzipped: false,
    cache: ASK_AGAIN,
    bytes: include_bytes!("../../assets/explorer/index.html"),
};

/// The files that the page asks for, and the licences. `assets/explorer/README.md` says where they come from.
const ASSETS: &[Asset] = &[
    Asset {
        name: "explorer.js",
        media_type: "text/javascript; charset=utf-8",
        gzipped: false,
        cache: ASK_AGAIN,
        bytes: include_bytes!("../../assets/explorer/explorer.js"),
    },
    Asset {
        name: "explorer.css",
        media_type: "text/css; charset=utf-8",
        gzipped: false,
        cache: ASK_AGAIN,
        bytes: include_bytes!("../../assets/explorer/explorer.css"),
    },
    Asset {
        name: "swagger-ui-bundle-5.35.0.js",
        media_type: "text/javascript; charset=utf-8",
        gzipped: true,
        cache: FOR_EVER,
        bytes: include_bytes!("../../assets/explorer/swagger-ui-bundle.js.gz"),
    },
    Asset {
        name: "swagger-ui-5.35.0.css",
        media_type: "text/css; charset=utf-8",
        gzipped: true,
        cache: FOR_EVER,
        bytes: include_bytes!("../../assets/explorer/swagger-ui.css.gz"),
    },
    // The first line of the bundle names this file.
    licence(
        "swagger-ui-bundle.js.LICENSE.txt",
        include_bytes!("../../assets/explorer/swagger-ui-bundle.js.LICENSE.txt"),
    ),
    licence("LICENSE", include_bytes!("../../assets/explorer/LICENSE")),
    licence("NOTICE", include_bytes!("../../assets/explorer/NOTICE")),
];

const fn licence(name: &'static str, bytes: &'static [u8]) -> Asset {
    Asset {
        name,
        media_type: "text/plain; charset=utf-8",
        gzipped: false,
        cache: ASK_AGAIN,
        bytes,
    }
}

/// `GET /explorer`: a page that shows the API, and asks it.
pub(super) async fn page() -> HttpResponse {
    respond(&PAGE)
}

/// `GET /explorer/{name}`: what the page is made of.
pub(super) async fn file(name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    ASSETS
        .iter()
        .find(|asset| asset.name == name.as_str())
        .map(respond)
        .ok_or_else(ApiError::not_found)
}

fn respond(asset: &Asset) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, asset.media_type))
        .insert_header((CACHE_CONTROL, asset.cache))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"));
    if asset.gzipped {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    response.body(asset.bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_vendored_files_are_those_that_the_readme_names() {
        let readme = include_str!("../../assets/explorer/README.md");
        let packed: Vec<_> = ASSETS.iter().filter(|asset| asset.gzipped).collect();
        assert_eq!(packed.len(), 2);
        for asset in packed {
            let mut bytes = Vec::new();
            GzDecoder::new(asset.bytes).read_to_end(&mut bytes).unwrap();
            let hex = Sha256::digest(&bytes)
                .iter()
                .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            assert!(readme.contains(&hex), "{}: {hex}", asset.name);
        }
    }

    #[test]
    fn the_page_asks_for_files_that_are_there() {
        let page = str::from_utf8(PAGE.bytes).unwrap();
        let asked: Vec<_> = page
            .split('"')
            .filter_map(|value| value.strip_prefix("explorer/"))
            .collect();
        assert_eq!(asked.len(), 4);
        for name in asked {
            assert!(ASSETS.iter().any(|asset| asset.name == name), "{name}");
        }
    }
}
