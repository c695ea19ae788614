//! SHA-256 of a file, or of what will be one.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use ring::digest::{Context, SHA256, digest};

/// Hexadecimal digits of a SHA-256.
pub(super) const HEX_LEN: usize = 64;
const CHUNK_LEN: usize = 64 * 1024;

pub(super) fn sha256_hex(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut chunk = vec![0; CHUNK_LEN];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hex::encode(context.finish())),
            len => context.update(&chunk[..len]),
        }
    }
}

pub(super) fn bytes_hex(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes))
}
