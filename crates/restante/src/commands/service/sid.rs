//! The number of a service's account on Windows, which follows from the service's name.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// The number (SID) of `NT SERVICE\NAME`: five words of the SHA-1 of its name in upper case and UTF-16.
pub fn account_number(service: &str) -> String {
    let name = service.to_uppercase();
    let bytes: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let mut number = "S-1-5-80".to_owned();
    for word in hash.as_ref().as_chunks::<4>().0 {
        number.push_str(&format!("-{}", u32::from_le_bytes(*word)));
    }
    number
}

#[cfg(test)]
mod tests {
    use super::account_number;

    #[test]
    fn the_number_is_that_of_a_service_which_everyone_knows() {
        assert_eq!(
            account_number("TrustedInstaller"),
            "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
        );
    }
}
