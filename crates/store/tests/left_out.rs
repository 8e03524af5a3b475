//! A build with one database refuses the URL of the other one. With both, there is nothing to test here: `scripts/check features`
//! runs it with one.
#![cfg(test)]

#[cfg(not(all(feature = "postgres", feature = "sqlite")))]
fn refusal(url: &str) -> String {
    use deskledger_store::{Database, StoreErrorKind, StoreSettings};

    let settings = StoreSettings::new(url);
    let error = Database::open(&settings).err().unwrap();
    assert_eq!(error.kind(), StoreErrorKind::InvalidUrl);
    error.to_string()
}

#[cfg(not(feature = "postgres"))]
#[test]
fn without_its_feature_a_postgresql_url_is_refused_by_its_name() {
    assert!(refusal("postgres://h/d").ends_with("without the feature postgres"));
}

#[cfg(not(feature = "sqlite"))]
#[test]
fn without_its_feature_a_sqlite_url_is_refused_by_its_name() {
    assert!(refusal("sqlite://a.db").ends_with("without the feature sqlite"));
}
