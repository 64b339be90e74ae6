//! The structure tree: title, fields and notes in reading order.

use std::num::NonZeroU16;

use krilla::tagging::{Identifier, Tag, TagGroup, TagTree};

/// What a piece of text is in the document's structure.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// The document's title.
    Title,
    /// A heading below the title.
    Heading,
    /// A heading below a heading.
    Subheading,
    /// A label with its value, or running text.
    Paragraph,
}

/// Builds a group of one role; `title` names a heading in the tree.
pub(super) fn group(role: &Role, title: &str, content: Vec<Identifier>) -> TagGroup {
    let heading = |level| TagGroup::new(Tag::Hn(level, Some(title.to_owned())));
    let mut group = match role {
        Role::Title => heading(NonZeroU16::MIN),
        Role::Heading => heading(NonZeroU16::MIN.saturating_add(1)),
        Role::Subheading => heading(NonZeroU16::MIN.saturating_add(2)),
        Role::Paragraph => TagGroup::new(Tag::P),
    };
    for identifier in content {
        group.push(identifier);
    }
    group
}

/// The tags of one section of the notes, filled page by page.
#[derive(Default)]
pub(super) struct SectionTags {
    pub title: Vec<Identifier>,
    pub paragraphs: Vec<Vec<Identifier>>,
}

/// The whole tree: the head of page 1, then the notes.
pub(super) fn tree(head: Vec<TagGroup>, sections: Vec<(String, SectionTags)>) -> TagTree {
    let mut tree = TagTree::new();
    for group in head {
        tree.push(group);
    }
    for (title, tags) in sections {
        let mut section = TagGroup::new(Tag::Section);
        if !tags.title.is_empty() {
            section.push(group(&Role::Subheading, &title, tags.title));
        }
        for paragraph in tags.paragraphs.into_iter().filter(|p| !p.is_empty()) {
            section.push(group(&Role::Paragraph, "", paragraph));
        }
        tree.push(section);
    }
    tree
}
