//! Where a gateway writes, and what is declared to hold personal data, and until when.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::searcher::{Found, Kind, Searcher};

/// What of a patient may be in a column.
const RESULT: &[Kind] = &[
    Kind::Person,
    Kind::Number,
    Kind::Medical,
    Kind::Certificate,
    Kind::Signature,
    Kind::Challenge,
    Kind::Thumbprint,
];

/// Until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The visit's result is too old (`store.result_ttl_hours`), or the check is settled.
    Forgotten,
    /// It is a record of its own.
    Kept,
}

/// Columns that hold something of a patient by declaration. Whatever is not here holds nothing: a new table, too.
const DECLARED: &[(&str, &str, &[Kind], Until)] = &[
    ("resources", "body", RESULT, Until::Forgotten),
    (
        "consent_receipts",
        "certificate_thumbprint",
        &[Kind::Thumbprint],
        Until::Kept,
    ),
    ("consent_receipts", "token", &[Kind::Thumbprint], Until::Kept),
    ("consent_words", "body", &[Kind::Thumbprint], Until::Kept),
    ("evidence", "token", &[Kind::Thumbprint], Until::Kept),
    ("face_results", "body", RESULT, Until::Forgotten),
    ("batch_checks", "body", RESULT, Until::Forgotten),
    ("registrations", "spki_sha256", &[Kind::Thumbprint], Until::Kept),
    ("challenges", "bytes", &[Kind::Challenge], Until::Kept),
    ("deferrals", "certificate", &[Kind::Thumbprint], Until::Kept),
    ("deferrals", "proof", RESULT, Until::Forgotten),
    ("deferrals", "answer", RESULT, Until::Forgotten),
    // Staff's own words, until the reader is back.
    ("out_of_service", "note", &[Kind::Note], Until::Kept),
];

/// What of these is there at the end of a day at a counter. A challenge is forgotten when it was answered, the proof of a
/// check that was put off when that is settled, a reader's note when the reader is back.
pub(crate) const DECLARED_AND_FILLED: [&str; 8] = [
    "resources.body",
    "consent_receipts.certificate_thumbprint",
    "consent_receipts.token",
    "evidence.token",
    "face_results.body",
    "batch_checks.body",
    "registrations.spki_sha256",
    "deferrals.answer",
];

/// Folders of the house that a gateway's own are in, and that others write: the PC/SC service.
const OTHERS: [&str; 1] = ["pcscd"];

/// Every regular file below a folder that the gateway may have written.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() && !OTHERS.iter().any(|other| path.ends_with(other)) {
            found.extend(files(&path));
        } else if kind.is_file() {
            found.push(path);
        }
    }
    found
}

/// Whether that is a file of the database, which is looked at by column too.
fn is_database(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("madoguchi.db")
}

/// What was found where it may not be; the places that were looked at.
#[derive(Default)]
pub(crate) struct Search {
    pub(crate) leaks: Vec<(String, Found)>,
    pub(crate) places: Vec<String>,
    pub(crate) byte_count: usize,
}

impl Search {
    /// Bytes that the gateway said or wrote, and what may be in them.
    pub(crate) fn bytes(&mut self, searcher: &Searcher, place: &str, content: &[u8], allowed: &[Kind]) {
        let found = searcher.search(content).into_iter();
        let leaks = found.filter(|found| !allowed.contains(&found.kind));
        self.leaks.extend(leaks.map(|leak| (place.to_owned(), leak)));
        self.places.push(place.to_owned());
        self.byte_count += content.len();
    }

    /// All files below a folder, while results are kept: the database may hold them, and no PIN.
    pub(crate) fn files_while_kept(&mut self, searcher: &Searcher, folder: &Path) {
        let mut kept = RESULT.to_vec();
        kept.push(Kind::Note);
        self.files(searcher, folder, &kept);
    }

    /// All files below a folder once results were forgotten: not even what the database has freed may hold them.
    pub(crate) fn files_when_forgotten(&mut self, searcher: &Searcher, folder: &Path) {
        let kept = DECLARED.iter().filter(|(.., until)| *until == Until::Kept);
        let kept: Vec<_> = kept.flat_map(|(_, _, kinds, _)| kinds.iter().copied()).collect();
        self.files(searcher, folder, &kept);
    }

    fn files(&mut self, searcher: &Searcher, folder: &Path, in_database: &[Kind]) {
        for path in files(folder) {
            let allowed = if is_database(&path) { in_database } else { &[] };
            self.bytes(
                searcher,
                &path.display().to_string(),
                &fs::read(&path).unwrap(),
                allowed,
            );
        }
    }

    /// Every column of every table. Returns in which something of a patient was, for a test that cannot fail otherwise.
    pub(crate) fn columns(&mut self, searcher: &Searcher, database: &Path, forgotten: bool) -> Vec<String> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(database, flags).unwrap();
        let mut holding = Vec::new();
        for table in names(&connection, "SELECT name FROM sqlite_master WHERE type = 'table'") {
            for column in names(
                &connection,
                &format!("SELECT name FROM pragma_table_info('{table}')"),
            ) {
                let place = format!("{table}.{column}");
                let declared = DECLARED
                    .iter()
                    .filter(|(of, named, ..)| (*of, *named) == (&*table, &*column));
                let allowed: Vec<_> = declared
                    .filter(|(.., until)| !(forgotten && *until == Until::Forgotten))
                    .flat_map(|(_, _, kinds, _)| kinds.iter().copied())
                    .collect();
                let content = column_bytes(&connection, &table, &column);
                if !searcher.search(&content).is_empty() {
                    holding.push(place.clone());
                }
                self.bytes(searcher, &place, &content, &allowed);
            }
        }
        holding
    }

    /// Nothing may have been found, and something must have been looked at.
    pub(crate) fn must_be_clean(&self, must_have_seen: &[&str]) {
        for place in must_have_seen {
            assert!(
                self.places.iter().any(|seen| seen.ends_with(place)),
                "{place} is among {:?}",
                self.places
            );
        }
        assert!(
            self.leaks.is_empty(),
            "{} leaks: {:#?}",
            self.leaks.len(),
            self.leaks
        );
    }
}

fn names(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// All values of a column, each on a line.
fn column_bytes(connection: &Connection, table: &str, column: &str) -> Vec<u8> {
    let mut statement = connection
        .prepare(&format!("SELECT \"{column}\" FROM \"{table}\""))
        .unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut content = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        match row.get_ref(0).unwrap() {
            ValueRef::Null => {}
            ValueRef::Integer(number) => content.extend(number.to_string().bytes()),
            ValueRef::Real(number) => content.extend(number.to_string().bytes()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => content.extend(bytes),
        }
        content.push(b'\n');
    }
    content
}

/// Makes everything in the database so old that the next gateway forgets it. No gateway runs on it now.
pub(crate) fn age(database: &Path) {
    let connection = Connection::open(database).unwrap();
    // What this connection writes anew leaves nothing behind either.
    connection.pragma_update(None, "secure_delete", true).unwrap();
    const TWO_DAYS_MICROSECONDS: i64 = 2 * 86_400 * 1_000_000;
    for (table, column) in [
        ("resources", "updated_at"),
        ("deferrals", "settled_at"),
        ("face_results", "found_at"),
        ("batch_checks", "updated_at"),
    ] {
        let sql = format!("UPDATE {table} SET {column} = {column} - {TWO_DAYS_MICROSECONDS}");
        connection.execute(&sql, []).unwrap();
    }
}
