//! Liberation Sans (metrics of Arial, SIL Open Font License; `fonts/LICENSE.txt`), in the binary.

use std::sync::Arc;

use krilla::text::Font;
use parley::fontique::{Blob, Collection, CollectionOptions, SourceCache};
use parley::{FontContext, FontStyle, FontWeight};

use crate::SendDocumentError;

pub(super) const FAMILY: &str = "Liberation Sans";

const REGULAR: &[u8] = include_bytes!("../../fonts/LiberationSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/LiberationSans-Bold.ttf");
const ITALIC: &[u8] = include_bytes!("../../fonts/LiberationSans-Italic.ttf");
const BOLD_ITALIC: &[u8] = include_bytes!("../../fonts/LiberationSans-BoldItalic.ttf");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
    Italic,
    BoldItalic,
}

impl Face {
    pub(super) fn weight(self) -> FontWeight {
        match self {
            Self::Regular | Self::Italic => FontWeight::NORMAL,
            Self::Bold | Self::BoldItalic => FontWeight::BOLD,
        }
    }

    pub(super) fn style(self) -> FontStyle {
        match self {
            Self::Regular | Self::Bold => FontStyle::Normal,
            Self::Italic | Self::BoldItalic => FontStyle::Italic,
        }
    }
}

/// The four faces as the PDF library holds them.
pub(super) struct Fonts {
    regular: Font,
    bold: Font,
    italic: Font,
    bold_italic: Font,
}

impl Fonts {
    pub(super) fn load() -> Result<Self, SendDocumentError> {
        let font = |bytes: &'static [u8]| {
            Font::new(bytes.into(), 0)
                .ok_or_else(|| SendDocumentError::Pdf("an embedded font is not readable".into()))
        };
        Ok(Self {
            regular: font(REGULAR)?,
            bold: font(BOLD)?,
            italic: font(ITALIC)?,
            bold_italic: font(BOLD_ITALIC)?,
        })
    }

    pub(super) fn get(&self, face: Face) -> Font {
        match face {
            Face::Regular => self.regular.clone(),
            Face::Bold => self.bold.clone(),
            Face::Italic => self.italic.clone(),
            Face::BoldItalic => self.bold_italic.clone(),
        }
    }
}

/// The same faces for text layout; no font of the machine is ever used.
pub(super) fn context() -> FontContext {
    let options = CollectionOptions {
        shared: false,
        system_fonts: false,
    };
    let mut collection = Collection::new(options);
    for bytes in [REGULAR, BOLD, ITALIC, BOLD_ITALIC] {
        collection.register_fonts(Blob::new(Arc::new(bytes)), None);
    }
    FontContext {
        collection,
        source_cache: SourceCache::default(),
    }
}

/// Whether all four faces can show a character; they cover the same ones.
pub(super) struct Coverage(Option<parley::fontique::CharmapIndex>);

impl Coverage {
    pub(super) fn of(context: &mut FontContext) -> Self {
        let family = context.collection.family_by_name(FAMILY);
        let regular = family.and_then(|family| {
            let upright = |font: &&parley::fontique::FontInfo| {
                font.style() == FontStyle::Normal && font.weight() == FontWeight::NORMAL
            };
            family
                .fonts()
                .iter()
                .find(upright)
                .map(|font| font.charmap_index())
        });
        Self(regular)
    }

    pub(super) fn has(&self, c: char) -> bool {
        let charmap = self.0.and_then(|index| index.charmap(REGULAR));
        charmap
            .and_then(|map| map.map(c))
            .is_some_and(|glyph| glyph != 0)
    }
}
