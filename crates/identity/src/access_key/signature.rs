//! The signature: an HMAC over the time and the canonical form.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::authorization::ALGORITHM;
use super::refusal::SignatureRefusal;

/// How far the clocks of client and service may be apart.
const TOLERANCE: TimeDelta = TimeDelta::minutes(15);

/// Checks that `date`, the value of `X-Sdk-Date`, is a time near `now`.
///
/// # Errors
/// When it is not.
pub(super) fn check_time(date: &str, now: DateTime<Utc>) -> Result<(), SignatureRefusal> {
    let time = parse_time(date).ok_or(SignatureRefusal::NoTime)?;
    if (time - now).abs() > TOLERANCE {
        return Err(SignatureRefusal::ClockOff { now });
    }
    Ok(())
}

/// `20060102T150405Z`, and no other form.
fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let shape = text
        .bytes()
        .map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    if !shape.eq(*b"00000000T000000Z") {
        return None;
    }
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ")
        .ok()
        .map(|time| time.and_utc())
}

/// Whether `signature` is the one that `secret` makes of the time `date` and a canonical form. It takes the same time
/// whatever is wrong.
pub(super) fn verify(secret: &str, date: &str, canonical: &[u8], signature: &[u8; 32]) -> bool {
    let hash = base16ct::lower::encode_string(&Sha256::digest(canonical));
    // An HMAC takes keys of any length, so this cannot fail.
    Hmac::<Sha256>::new_from_slice(secret.as_bytes()).is_ok_and(|mac| {
        mac.chain_update(format!("{ALGORITHM}\n{date}\n{hash}"))
            .verify_slice(signature)
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_one_form() {
        assert_eq!(
            parse_time("20200608T023900Z").unwrap().to_rfc3339(),
            "2020-06-08T02:39:00+00:00"
        );
        for wrong in [
            "",
            "20200608T023900",
            "20200608t023900z",
            "2020-06-08T02:39:00Z",
            "20200608T023900ZZ",
            "20201308T023900Z",
            "20200608T023960Z0",
            "20200608T993900Z",
            "+2020608T023900Z",
        ] {
            assert_eq!(parse_time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn clocks_may_be_15_minutes_apart() {
        let now = parse_time("20200608T120000Z").unwrap();
        for fine in ["20200608T114500Z", "20200608T120000Z", "20200608T121500Z"] {
            assert_eq!(check_time(fine, now), Ok(()), "{fine}");
        }
        for off in ["20200608T114459Z", "20200608T121501Z", "19700101T000000Z"] {
            assert_eq!(
                check_time(off, now),
                Err(SignatureRefusal::ClockOff { now })
            );
        }
    }
}
