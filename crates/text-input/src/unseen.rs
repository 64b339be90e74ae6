//! Characters that do something instead of being seen.

/// Whether a character acts on what is shown around it, or is not seen at all: controls but for line
/// ends and tabs, what turns the direction of text, blanks without width, tags.
pub fn is_unseen(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => {
            true
        }
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    }
}
