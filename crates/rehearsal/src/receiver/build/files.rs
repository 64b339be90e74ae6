//! Attachments that open: a PDF of one page, a Word document, a TIFF picture. Each says of itself which case it is of.

use nhs::Randomness;

use super::super::random::Seeded;

/// A PDF of one page with these lines in plain ASCII.
pub(super) fn pdf(lines: &[String]) -> Vec<u8> {
    let mut page = "BT /F1 12 Tf 56 780 Td 16 TL\n".to_owned();
    for line in lines {
        page.push_str(&format!("({}) Tj T*\n", escaped(line)));
    }
    page.push_str("ET\n");
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_vec(),
        stream(page.as_bytes()),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_vec(),
    ];
    let mut file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n", index + 1).bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let table = file.len();
    let count = objects.len() + 1;
    file.extend(format!("xref\n0 {count}\n0000000000 65535 f \n").bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let end = format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
    file.extend(end.bytes());
    file
}

/// Longer than what compression looks back on: ballast that repeats it does not get shorter.
const BLOCK: usize = 65_536;

/// A PDF of ours with a further object of random bytes that no reader shows, as an update of the file appends one.
pub(in crate::receiver) fn with_ballast(pdf: &[u8], bytes: usize, randomness: &Seeded) -> Vec<u8> {
    let text = String::from_utf8_lossy(pdf);
    let before = text
        .rsplit("startxref\n")
        .next()
        .and_then(|end| end.lines().next())
        .unwrap_or("0")
        .to_owned();
    let mut block = vec![0; BLOCK];
    randomness.fill(&mut block);
    let ballast: Vec<u8> = block.into_iter().cycle().take(bytes).collect();
    let mut file = pdf.to_vec();
    let place = file.len();
    file.extend(b"6 0 obj\n");
    file.extend(stream(&ballast));
    file.extend(b"\nendobj\n");
    let table = file.len();
    let end = format!(
        "xref\n0 1\n0000000000 65535 f \n6 1\n{place:010} 00000 n \ntrailer\n<< /Size 7 /Root 1 0 R /Prev {before} >>\nstartxref\n{table}\n%%EOF\n"
    );
    file.extend(end.bytes());
    file
}

fn stream(content: &[u8]) -> Vec<u8> {
    let mut object = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
    object.extend(content);
    object.extend(b"\nendstream");
    object
}

fn escaped(line: &str) -> String {
    let plain = line.chars().map(|c| {
        if c.is_ascii() && !c.is_control() {
            c
        } else {
            '?'
        }
    });
    plain
        .flat_map(|c| match c {
            '(' | ')' | '\\' => vec!['\\', c],
            c => vec![c],
        })
        .collect()
}

/// A Word document with one paragraph of plain ASCII.
pub(super) fn word(text: &str) -> Vec<u8> {
    let types = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/\
        content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
        <Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.\
        wordprocessingml.document.main+xml\"/></Types>";
    let relations = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Relationships xmlns=\"http://schemas.openxmlformats.org/\
        package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/\
        relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>";
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/\
         2006/main\"><w:body><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:body></w:document>",
        quick_xml::escape::escape(text)
    );
    archive(&[
        ("[Content_Types].xml", types),
        ("_rels/.rels", relations),
        ("word/document.xml", &document),
    ])
}

/// A ZIP archive of short files, as they are.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let place = short(out.len());
        let (length, crc) = (short(content.len()), crc32fast::hash(content.as_bytes()));
        let mut common = Vec::new();
        // needs 2.0; no flags; stored; 1 January 1980
        common.extend([20, 0, 0, 0, 0, 0, 0, 0, 33, 0]);
        for number in [crc, length, length] {
            common.extend(number.to_le_bytes());
        }
        common.extend(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
        common.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(name.bytes());
        out.extend(content.bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(place.to_le_bytes());
        directory.extend(name.bytes());
    }
    let count = u16::try_from(files.len()).unwrap_or(u16::MAX).to_le_bytes();
    let (begins, length) = (short(out.len()), short(directory.len()));
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count);
    out.extend(count);
    out.extend(length.to_le_bytes());
    out.extend(begins.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn short(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// A picture of 64 by 64 points, black and white stripes.
pub(super) fn tiff() -> Vec<u8> {
    const POINTS: u32 = 64;
    let picture: Vec<u8> = (0..POINTS)
        .flat_map(|line| [if line / 8 % 2 == 0 { 0xff } else { 0 }; 8])
        .collect();
    // tag, type (3 short, 4 long), value
    let fields: [(u16, u16, u32); 9] = [
        (256, 4, POINTS),
        (257, 4, POINTS),
        (258, 3, 1),
        (259, 3, 1),
        (262, 3, 0),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, POINTS),
        (279, 4, short(picture.len())),
    ];
    let mut file = b"II*\0".to_vec();
    file.extend((8 + short(picture.len())).to_le_bytes());
    file.extend(&picture);
    file.extend(
        u16::try_from(fields.len())
            .unwrap_or_default()
            .to_le_bytes(),
    );
    for (tag, kind, value) in fields {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(1u32.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file
}
