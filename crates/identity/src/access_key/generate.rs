use secrecy::SecretString;

use crate::seal::SealError;

/// The letters and digits of new keys: 32, so that each stands for five bits, and no two look alike.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new access key, from the system's random numbers.
pub struct GeneratedAccessKey {
    /// The identifier: 20 characters.
    pub id: String,
    /// The secret: 40 characters, 200 random bits.
    pub secret: SecretString,
}

impl GeneratedAccessKey {
    /// Makes a key.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn generate() -> Result<Self, SealError> {
        Ok(Self {
            id: random_text::<20>()?,
            secret: SecretString::from(random_text::<40>()?),
        })
    }
}

fn random_text<const LENGTH: usize>() -> Result<String, SealError> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| SealError::Random(error.to_string()))?;
    let character = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
    Ok(bytes.iter().map(character).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::is_access_key_id;

    #[test]
    fn keys_differ_and_are_of_all_characters() {
        let keys: Vec<_> = (0..100)
            .map(|_| GeneratedAccessKey::generate().unwrap())
            .collect();
        let ids: BTreeSet<_> = keys.iter().map(|key| key.id.as_str()).collect();
        assert_eq!(ids.len(), 100);
        assert!(ids.iter().all(|id| id.len() == 20 && is_access_key_id(id)));
        let secrets: BTreeSet<_> = keys.iter().map(|key| key.secret.expose_secret()).collect();
        assert_eq!(secrets.len(), 100);
        assert!(secrets.iter().all(|secret| secret.len() == 40));
        let characters: BTreeSet<_> = secrets.iter().flat_map(|secret| secret.bytes()).collect();
        assert!(
            characters
                .into_iter()
                .eq(b"234567ABCDEFGHIJKLMNOPQRSTUVWXYZ".iter().copied())
        );
    }
}
