//! Made-up patients of a made-up nation: the same in every run.

use std::fmt::Write as _;

/// The valid number of the index-th pair of stems: one of two neighbours always has a check digit.
pub fn valid_number(index: u64) -> u64 {
    let stem = 400_000_000 + index * 2;
    let with_check = |stem: u64| {
        let (mut rest, mut sum) = (stem, 0);
        for weight in 2..=10 {
            sum += rest % 10 * weight;
            rest /= 10;
        }
        let check = (11 - sum % 11) % 11;
        (check != 10).then_some(stem * 10 + check)
    };
    with_check(stem)
        .or_else(|| with_check(stem + 1))
        .unwrap_or_default()
}

/// How a message is addressed to one.
pub fn address(patient: u64) -> String {
    format!("GPPROVIDER_{}_19460623_GARTON", valid_number(patient))
}

/// The registry's file: patients spread evenly over practices `A00000` onwards.
pub fn registry(patients: u64, practices: u64) -> String {
    let mut file = String::from("nhs_number,family_name,date_of_birth,gp_ods_code\n");
    for patient in 0..patients {
        let (number, practice) = (valid_number(patient), patient % practices.max(1));
        // writing to a string cannot fail
        _ = writeln!(file, "{number},GARTON,1946-06-23,A{practice:05}");
    }
    file
}

/// SplitMix64.
pub fn mix(index: u64) -> u64 {
    let mut z = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
