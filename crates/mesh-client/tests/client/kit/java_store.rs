//! Writes JKS key stores as Java's keytool does: keys under the `JavaKeyStore` protector, a digest over all.

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

/// A store of keys (PKCS#8), each with its certificate (DER).
pub fn java_store(keys: &[&(Vec<u8>, Vec<u8>)], password: &str) -> Vec<u8> {
    let password: Vec<u8> = password.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut store = [0xfeed_feed_u32, 2, keys.len() as u32]
        .map(u32::to_be_bytes)
        .concat();
    for (place, (key, certificate)) in keys.iter().enumerate() {
        let protected = protect(key, &password);
        store.extend(1u32.to_be_bytes());
        short(&mut store, &format!("key {place}"));
        store.extend([0; 8]);
        counted(&mut store, &protected);
        store.extend(1u32.to_be_bytes());
        short(&mut store, "X.509");
        counted(&mut store, certificate);
    }
    let digest = sha1(&[&password, b"Mighty Aphrodite", &store]);
    store.extend(digest);
    store
}

fn short(store: &mut Vec<u8>, text: &str) {
    store.extend((text.len() as u16).to_be_bytes());
    store.extend(text.as_bytes());
}

fn counted(store: &mut Vec<u8>, bytes: &[u8]) {
    store.extend((bytes.len() as u32).to_be_bytes());
    store.extend(bytes);
}

fn protect(key: &[u8], password: &[u8]) -> Vec<u8> {
    let mut hidden = vec![9; 20];
    let mut stream = hidden.clone();
    for block in key.chunks(20) {
        stream = sha1(&[password, &stream]);
        hidden.extend(block.iter().zip(&stream).map(|(byte, mask)| byte ^ mask));
    }
    hidden.extend(sha1(&[password, key]));
    let mut protector = vec![
        0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02, 0x11, 0x01, 0x01,
    ];
    protector.extend([0x05, 0x00]);
    element(
        0x30,
        &[element(0x30, &protector), element(0x04, &hidden)].concat(),
    )
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = (content.len() as u16).to_be_bytes();
    [&[tag, 0x82, high, low], content].concat()
}

fn sha1(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    parts.iter().for_each(|part| context.update(part));
    context.finish().as_ref().to_vec()
}
