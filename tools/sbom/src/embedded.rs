//! What is in the product and is no package of cargo's: sources in C, fonts, style sheets.

use std::fs;
use std::path::Path;

use crate::Metadata;

/// Something that a package carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedded {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: String,
    /// Its licence, as SPDX has it.
    pub license: &'static str,
    /// The package that carries it.
    pub within: &'static str,
    /// Where it is published: the kind and name of a package URL.
    pub published: &'static str,
}

/// What is embedded in this build, in the order of their names.
pub fn embedded(workspace: &Path, metadata: &Metadata) -> Vec<Embedded> {
    let found = [fonts(workspace), design_system(workspace), sqlite(metadata)];
    found.into_iter().flatten().collect()
}

fn fonts(workspace: &Path) -> Option<Embedded> {
    let text = fs::read_to_string(workspace.join("crates/send-document/fonts/LICENSE.txt")).ok()?;
    let (_, after) = text.split_once("Liberation Sans ")?;
    Some(Embedded {
        name: "liberation-fonts",
        version: after.split(':').next()?.trim().to_owned(),
        license: "OFL-1.1",
        within: "send-document",
        published: "github/liberationfonts/liberation-fonts",
    })
}

fn design_system(workspace: &Path) -> Option<Embedded> {
    let version =
        fs::read_to_string(workspace.join("crates/pages/assets/nhsuk/version.txt")).ok()?;
    Some(Embedded {
        name: "nhsuk-frontend",
        version: version.trim().to_owned(),
        license: "MIT",
        within: "pages",
        published: "npm/nhsuk-frontend",
    })
}

/// Its version is that of the header beside its sources.
fn sqlite(metadata: &Metadata) -> Option<Embedded> {
    let mut packages = metadata.packages.iter();
    let package = packages.find(|package| package.name == "libsqlite3-sys")?;
    let header = package.manifest_path.with_file_name("sqlite3");
    let header = fs::read_to_string(header.join("sqlite3.h")).ok()?;
    let (_, after) = header.split_once("#define SQLITE_VERSION ")?;
    Some(Embedded {
        name: "sqlite",
        version: after.split('"').nth(1)?.to_owned(),
        license: "blessing",
        within: "libsqlite3-sys",
        published: "generic/sqlite",
    })
}
