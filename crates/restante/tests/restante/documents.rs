//! `restante message build --document`: any document and its files become a pair that breaks no rule.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::kit::restante;

const EXAMPLE: &str = include_str!("../../../send-document/examples/document.json");
const PAGE: &str = include_str!("../../../../docs/reference/document.md");

/// A directory with a record.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        fs::write(desk.path().join("document.json"), EXAMPLE).unwrap();
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn put(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), contents).unwrap();
    }

    /// Builds the example with these files and options.
    fn build(&self, files: &Value, options: &[&str]) -> (Option<i32>, String) {
        let mut record: Value = serde_json::from_str(EXAMPLE).unwrap();
        record["files"] = files.clone();
        self.put("document.json", record.to_string());
        let mut arguments = vec!["message", "build", "--document", "document.json"];
        arguments.extend(["--out", "OUT", "--format", "json"]);
        arguments.extend(options);
        self.run(&arguments)
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command: Command = restante();
        let output = command.current_dir(self.path()).args(arguments).output();
        let output = output.unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    /// Builds, and checks what was built with its control file.
    fn built(&self, files: &Value, options: &[&str]) -> (Value, Value) {
        let (code, said) = self.build(files, options);
        assert_eq!(code, Some(0), "{said}");
        let written: Value = serde_json::from_str(&said).unwrap();
        let (data, control) = (&written["data_file"], &written["control_file"]);
        let (data, control) = (data.as_str().unwrap(), control.as_str().unwrap());
        let (code, said) = self.run(&[
            "message",
            "check",
            data,
            "--control",
            control,
            "--format",
            "json",
        ]);
        assert_eq!(code, Some(0), "{said}");
        let checked: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(checked["findings"], json!([]), "{said}");
        let (code, said) = self.run(&["message", "show", data, "--format", "json"]);
        assert_eq!(code, Some(0), "{said}");
        (checked, serde_json::from_str(&said).unwrap())
    }
}

fn file(name: &str) -> Value {
    json!([{ "title": "Letter", "file": name }])
}

#[test]
fn files_of_every_type_are_read_from_beside_the_record_and_break_no_rule() {
    let desk = Desk::new();
    let ole = [
        &b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..],
        b"W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0",
    ];
    for (name, contents, content_type) in [
        ("letter.pdf", &b"%PDF-1.7\n"[..], "application/pdf"),
        ("LETTER.PDF", b"%PDF-1.7\n", "application/pdf"),
        ("letter", b"%PDF-1.7\n", "application/pdf"),
        ("letter.rtf", b"{\\rtf1 a}", "application/rtf"),
        ("letter.html", b"<!DOCTYPE html><p>a", "text/html"),
        ("letter.txt", b"a letter", "text/plain"),
        (
            "letter.xml",
            b"<?xml version='1.0'?><a/>",
            "application/xml",
        ),
        ("scan.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("scan.png", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("scan.tif", b"II*\0", "image/tiff"),
        ("letter.doc", &ole.concat(), "application/msword"),
        (
            "letter.docx",
            b"PK\x03\x04 word/document.xml",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ] {
        desk.put(name, contents);
        let (checked, shown) = desk.built(&file(name), &[]);
        assert_eq!(checked["rules"], "Send Document 2.0");
        let attached = &shown["attachments"][0];
        assert_eq!(attached["content_type"], content_type, "{name}");
        assert_eq!(attached["bytes"], contents.len());
    }
}

#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let desk = Desk::new();
    let (_, commands) = PAGE.split_once("```sh\n").unwrap();
    let (commands, _) = commands.split_once("```").unwrap();
    let mut said = String::new();
    for line in commands.lines() {
        let dat = fs::read_dir(desk.path().join("OUT"))
            .ok()
            .and_then(|files| {
                let mut names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
                names.find(|name| Path::new(name).extension().is_some_and(|it| it == "dat"))
            });
        let line = line.replace("*.dat", &dat.unwrap_or_default());
        let arguments: Vec<&str> = line.split_whitespace().skip(1).collect();
        let (code, output) = desk.run(&arguments);
        assert_eq!(code, Some(0), "{line}: {output}");
        said.push_str(&output);
    }
    for expected in [
        ": valid\n",
        "title          Online consultation summary",
        "type           Remote consultation encounter type (record artifact), 325871000000103",
        "care setting   General practice service",
        "about          Patient information received",
        "sent           for information (FI)",
        "version        1",
        "section        Summary",
        "attachment 1   Summary (text/html, ",
        "attachment 2   Answers (text/plain, ",
    ] {
        assert!(said.contains(expected), "{expected} in {said}");
    }
}

/// The page names every field of the example, and every field that it marks as required is missed.
#[test]
fn the_page_names_every_field() {
    let example: Value = serde_json::from_str(EXAMPLE).unwrap();
    for (name, value) in example.as_object().unwrap() {
        assert!(PAGE.contains(&format!("`{name}")), "{name}");
        for inner in value
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys())
        {
            assert!(PAGE.contains(inner.as_str()), "{name}.{inner}");
        }
    }
    let desk = Desk::new();
    for field in [
        "type",
        "title",
        "recipient_type",
        "patient",
        "organisation",
        "files",
    ] {
        let mut record = example.clone();
        record.as_object_mut().unwrap().remove(field);
        desk.put("document.json", record.to_string());
        let build = [
            "message",
            "build",
            "--document",
            "document.json",
            "--out",
            "OUT",
        ];
        let (code, said) = desk.run(&build);
        assert_eq!(code, Some(1));
        assert!(said.contains(&format!("missing field `{field}`")), "{said}");
    }
}

#[test]
fn a_later_version_replaces_the_document_whose_id_was_printed() {
    let desk = Desk::new();
    let mut record: Value = serde_json::from_str(EXAMPLE).unwrap();
    let (code, said) = desk.build(&record["files"], &[]);
    assert_eq!(code, Some(0), "{said}");
    let first: Value = serde_json::from_str(&said).unwrap();
    record["version"] = json!(2);
    record["replaces"] = first["document_id"].clone();
    desk.put("second.json", record.to_string());
    let build = [
        "message",
        "build",
        "--document",
        "second.json",
        "--out",
        "OUT",
        "--format",
        "json",
    ];
    let (code, said) = desk.run(&build);
    assert_eq!(code, Some(0), "{said}");
    let second: Value = serde_json::from_str(&said).unwrap();
    let data = second["data_file"].as_str().unwrap();
    let (_, said) = desk.run(&["message", "show", data, "--format", "json"]);
    let shown: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(shown["replaces"], first["document_id"]);
    assert_eq!(shown["version"], 2);
    assert_eq!(shown["recipient_type"], "FI");
}

#[test]
fn a_file_that_is_unfit_is_named_and_nothing_is_made() {
    let desk = Desk::new();
    desk.put("photo.pdf", b"\x89PNG\r\n\x1a\n");
    desk.put("photo.gif", b"GIF89a");
    desk.put("empty.txt", b"");
    desk.put("letter.html", b"<html>\n<img src=http://x.example/a.png>");
    fs::create_dir(desk.path().join("directory")).unwrap();
    let outside: PathBuf = desk.path().join("photo.pdf");
    for (name, words) in [
        (
            "photo.pdf",
            "files[0].file: expected a PDF as it says, found a PNG picture",
        ),
        (
            "photo.gif",
            "files[0]: expected a PDF, Word, RTF, HTML, text, XML, JPEG, PNG or TIFF file, found",
        ),
        ("empty.txt", "found an empty file"),
        (
            "letter.html",
            "found src of <img> in line 2; remove it, or send a PDF",
        ),
        ("missing.pdf", "is not there"),
        (
            "directory",
            "is a directory, and a regular file was expected",
        ),
        (
            "directory/letter.pdf",
            "files[0].file: expected the name of a file beside the record",
        ),
        (
            "../secret.pdf",
            "files[0].file: expected the name of a file beside the record",
        ),
        (
            outside.to_str().unwrap(),
            "files[0].file: expected the name of a file beside the record",
        ),
        (
            "",
            "files[0].file: expected the name of a file beside the record",
        ),
    ] {
        let (code, said) = desk.build(&file(name), &[]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(words), "{name}: {said}");
        assert!(said.contains("nothing was made or sent"), "{said}");
        assert!(!desk.path().join("OUT").exists());
    }
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_not_read() {
    let desk = Desk::new();
    desk.put("letter.pdf", b"%PDF-1.7");
    let link = |name: &str| desk.path().join(name);
    std::os::unix::fs::symlink(link("letter.pdf"), link("link.pdf")).unwrap();
    fs::hard_link(link("letter.pdf"), link("second.pdf")).unwrap();
    let pipe = Command::new("mkfifo").arg(link("pipe.pdf")).status();
    assert!(pipe.unwrap().success());
    for (name, words) in [
        ("link.pdf", "link"),
        ("second.pdf", "has 2 names"),
        ("pipe.pdf", "and a regular file was expected"),
    ] {
        let (code, said) = desk.build(&file(name), &[]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[test]
fn what_1_3_cannot_carry_and_other_payloads_are_refused_in_words() {
    let desk = Desk::new();
    let record: Value = serde_json::from_str(EXAMPLE).unwrap();
    let (code, said) = desk.build(&record["files"], &["--profile", "1.3"]);
    assert_eq!(code, Some(1));
    for words in [
        "Send Document 1.3 cannot carry this document, build it by the rules of 2.0",
        "care_setting: expected nothing",
        "files[0]: expected the report as a PDF",
    ] {
        assert!(said.contains(words), "{said}");
    }
    let (code, said) = desk.build(&record["files"], &["--payload", "update-record"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("made of a --consultation"), "{said}");
    let (code, said) = desk.build(&record["files"], &["--consultation", "document.json"]);
    assert_eq!(code, Some(2), "{said}");
    let (code, said) = desk.run(&["message", "build", "--out", "OUT"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--document"), "{said}");
}
