//! Prepares the NHS design system's style sheet, which is kept in `assets/nhsuk` as npm has it, for being served
//! by us: without the licensed typeface, and with its icons beside it.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Addresses in the style sheet that begin so are made relative to the sheet itself.
const IMAGES: &str = "url(/assets/images/";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=assets/nhsuk");
    let source = Path::new("assets/nhsuk");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("nhsuk");
    fs::create_dir_all(&out)?;
    let style = fs::read_to_string(source.join("nhsuk-frontend.min.css"))?;
    let style = without_fonts(&style).replace(IMAGES, "url(");
    fs::write(out.join("nhsuk.css"), style)?;
    let mut images: Vec<PathBuf> = fs::read_dir(source)?
        .map(|entry| entry.map(|it| it.path()))
        .collect::<Result<_, _>>()?;
    images.retain(|path| path.extension().is_some_and(|it| it == "svg"));
    images.sort();
    let mut list = String::from("&[\n");
    for path in images {
        let name = path.file_name().and_then(|name| name.to_str());
        let path = fs::canonicalize(&path)?;
        let name = name.unwrap_or_default();
        list.push_str(&format!("    ({name:?}, include_bytes!({path:?})),\n"));
    }
    list.push_str("]\n");
    fs::write(out.join("images.rs"), list)
}

/// Without `@font-face`: the licensed typeface would be asked of another site.
fn without_fonts(style: &str) -> String {
    let mut kept = String::with_capacity(style.len());
    let mut rest = style;
    while let Some((before, face)) = rest.split_once("@font-face") {
        kept.push_str(before);
        rest = face.split_once('}').map_or("", |(_, after)| after);
    }
    kept + rest
}
