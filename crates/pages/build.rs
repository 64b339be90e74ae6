//! Takes the NHS design system in when `scripts/nhsuk-frontend` has fetched it, and says so with
//! `cfg(nhsuk)`. Without it the pages wear `assets/plain.css`.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Addresses in the style sheet that begin so are made relative to the sheet itself.
const IMAGES: &str = "url(/assets/images/";

fn main() -> io::Result<()> {
    println!("cargo::rustc-check-cfg=cfg(nhsuk)");
    println!("cargo::rerun-if-changed=assets");
    let source = Path::new("assets/nhsuk");
    let style = source.join("nhsuk-frontend.min.css");
    if !style.is_file() {
        return Ok(());
    }
    println!("cargo::rustc-cfg=nhsuk");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("nhsuk");
    fs::create_dir_all(&out)?;
    let style = without_fonts(&fs::read_to_string(style)?).replace(IMAGES, "url(");
    fs::write(out.join("nhsuk.css"), style)?;
    let mut list = String::from("&[\n");
    for entry in fs::read_dir(source)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|name| name.ends_with(".svg")) {
            let path = fs::canonicalize(&path)?;
            list.push_str(&format!("    ({name:?}, include_bytes!({path:?})),\n"));
        }
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
