//! What a Windows access list says, read from its text (SDDL): who besides the file's own users reaches it.
//! Only text is read here, so that it is tested on every system.

/// The rights that change a file or put another in its place: write, append, delete, change the list, take the
/// file over, and the generic ones that hold these.
const CHANGES: u32 = 0x0000_0006 | 0x0001_0000 | 0x0004_0000 | 0x0008_0000 | 0x5000_0000;
/// The rights that show what is in a file.
const READS: u32 = 0x0000_0001 | 0x9000_0000;
/// The right to remove what is in a directory, whatever its own list says.
const REMOVES: u32 = 0x0000_0040 | 0x1000_0000;

/// Abbreviated rights; those of directory objects stand for the bits that files use otherwise.
const RIGHTS: [(&str, u32); 22] = [
    ("GA", 0x1000_0000),
    ("GR", 0x8000_0000),
    ("GW", 0x4000_0000),
    ("GX", 0x2000_0000),
    ("FA", 0x001f_01ff),
    ("FR", 0x0012_0089),
    ("FW", 0x0012_0116),
    ("FX", 0x0012_00a0),
    ("RC", 0x0002_0000),
    ("SD", 0x0001_0000),
    ("WD", 0x0004_0000),
    ("WO", 0x0008_0000),
    ("CC", 0x0000_0001),
    ("DC", 0x0000_0002),
    ("LC", 0x0000_0004),
    ("SW", 0x0000_0008),
    ("RP", 0x0000_0010),
    ("WP", 0x0000_0020),
    ("DT", 0x0000_0040),
    ("LO", 0x0000_0080),
    ("CR", 0x0000_0100),
    ("", 0),
];

/// Groups that somebody is in without having been put there, by abbreviation and by number.
const CROWDS: [(&str, &str, &str); 11] = [
    ("WD", "S-1-1-0", "Everyone"),
    ("AU", "S-1-5-11", "Authenticated Users"),
    ("BU", "S-1-5-32-545", "Users"),
    ("BG", "S-1-5-32-546", "Guests"),
    ("IU", "S-1-5-4", "INTERACTIVE"),
    ("NU", "S-1-5-2", "NETWORK"),
    ("SU", "S-1-5-6", "SERVICE"),
    ("AN", "S-1-5-7", "ANONYMOUS LOGON"),
    ("DU", "", "Domain Users"),
    ("DG", "", "Domain Guests"),
    ("AC", "S-1-15-2-1", "ALL APPLICATION PACKAGES"),
];

/// How a crowd reaches a file or directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The name of the crowd.
    pub who: &'static str,
    /// Whether it can change or replace it; else it can read it.
    pub writes: bool,
    /// Whether it can remove what is in it, if it is a directory.
    pub removes: bool,
}

/// The text's owner, as it is written there.
pub(crate) fn owner(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("O:")?;
    let end = rest.find(':').map_or(rest.len(), |colon| colon - 1);
    rest.get(..end).filter(|owner| !owner.is_empty())
}

/// The worst that the list lets a crowd do; `None` when it names persons, services and administrators only.
/// What is denied is not taken off, so that it is judged as more open than it is, never as less.
pub(crate) fn reach(text: &str) -> Option<Reach> {
    let everyone = Reach {
        who: "Everyone",
        writes: true,
        removes: true,
    };
    // No list at all, or one that is not understood.
    let Some((_, list)) = text.split_once("D:") else {
        return Some(everyone);
    };
    if list.contains("NO_ACCESS_CONTROL") {
        return Some(everyone);
    }
    let mut worst: Option<Reach> = None;
    for entry in entries(list) {
        let Some(found) = reach_of(entry) else {
            continue;
        };
        let weight = |reach: &Reach| (reach.writes, reach.removes);
        if worst.is_none_or(|known| weight(&found) > weight(&known)) {
            worst = Some(found);
        }
    }
    worst
}

/// The entries between their brackets; those of the list of audits (`S:`) are behind another letter and read
/// too, but do not allow anything.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split('(')
        .skip(1)
        .map(|entry| entry.split(')').next().unwrap_or_default())
}

fn reach_of(entry: &str) -> Option<Reach> {
    let mut fields = entry.split(';');
    let (kind, flags, rights) = (fields.next()?, fields.next()?, fields.next()?);
    let trustee = fields.nth(2)?;
    if !matches!(kind, "A" | "OA" | "XA") {
        return None;
    }
    let (.., who) = CROWDS
        .iter()
        .find(|(short, long, _)| trustee == *short || trustee == *long)?;
    let rights = bits(rights);
    // Only for what will be made in it: a directory that hands it down is judged by that too.
    let handed_down = flags.as_bytes().chunks(2).any(|flag| flag == b"IO");
    let reach = Reach {
        who,
        writes: rights & CHANGES != 0,
        removes: rights & REMOVES != 0 && !handed_down,
    };
    let reads = rights & READS != 0;
    (reads || reach.writes || reach.removes).then_some(reach)
}

/// All rights where the text is not understood.
fn bits(rights: &str) -> u32 {
    let all = 0x001f_01ff;
    if let Some(digits) = rights.strip_prefix("0x") {
        return u32::from_str_radix(digits, 16).unwrap_or(all);
    }
    let mut bits = 0;
    for pair in rights.as_bytes().chunks(2) {
        let known = RIGHTS.iter().find(|(name, _)| name.as_bytes() == pair);
        bits |= known.map_or(all, |(_, bit)| *bit);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(&'static str, bool, bool)> {
        reach(text).map(|reach| (reach.who, reach.writes, reach.removes))
    }

    #[test]
    fn a_list_of_owner_system_administrators_and_a_service_reaches_no_crowd() {
        let service = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
        for text in [
            "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)",
            "O:S-1-5-21-1-2-3-1001D:(A;ID;FA;;;SY)(A;ID;FA;;;S-1-5-21-1-2-3-1001)",
            &format!("O:SYD:PAI(A;OICI;FA;;;{service})(A;OICIIO;FA;;;CO)"),
            // an empty list: nobody
            "O:BAD:P",
            // audited is not allowed
            "O:BAD:P(A;;FA;;;BA)S:(AU;SAFA;FA;;;WD)",
            // only its attributes may be read
            "O:BAD:P(A;;RCLOSW;;;WD)",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn what_windows_hands_down_under_its_own_directories_reaches_crowds() {
        // %ProgramData%
        let program_data = "O:BAD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)\
            (A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)";
        assert_eq!(found(program_data), Some(("Users", true, false)));
        assert_eq!(
            found("O:BAD:AI(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)"),
            Some(("Users", false, false))
        );
        // a directory of the root of a drive
        let root = "O:BAD:AI(A;ID;FA;;;BA)(A;OICIID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU)";
        assert_eq!(found(root), Some(("Authenticated Users", true, false)));
        assert_eq!(
            found("O:BAD:(A;;FA;;;S-1-1-0)"),
            Some(("Everyone", true, true))
        );
    }

    #[test]
    fn what_is_no_list_or_not_understood_is_open() {
        for text in ["", "O:BA", "O:BAD:NO_ACCESS_CONTROL", "D:(A;;ZZ;;;WD)"] {
            assert_eq!(found(text), Some(("Everyone", true, true)), "{text}");
        }
    }

    #[test]
    fn the_owner_is_read_as_it_is_written() {
        assert_eq!(owner("O:BAD:P(A;;FA;;;SY)"), Some("BA"));
        assert_eq!(
            owner("O:S-1-5-21-1-2-3-500G:BAD:"),
            Some("S-1-5-21-1-2-3-500")
        );
        assert_eq!(owner("O:SY"), Some("SY"));
        assert_eq!(owner("D:P"), None);
    }
}
