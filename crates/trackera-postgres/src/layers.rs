//! What lies around a dump: zstd, gzip and age, put on and taken off in one pass with little memory.
//!
//! Hashes are taken of the bytes as they lie on disk, while they are written and while they are read.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::Path;
use std::str::FromStr;

use age::x25519::{Identity, Recipient};
use age::{DecryptError, Decryptor, Encryptor};
use sha2::{Digest, Sha256};

use crate::connection::Secret;
use crate::trouble::{BadDump, Trouble, file};

const ZSTD_LEVEL: i32 = 3;
/// How many layers there may be around a dump, and a few more.
const MOST_LAYERS: usize = 4;
const HEAD_BYTES: usize = 24;
const BUFFER_BYTES: usize = 256 * 1024;

/// The bytes as they were written or read: how many, and their digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

struct Hashing<S> {
    inner: S,
    digest: Sha256,
    bytes: u64,
}

impl<S> Hashing<S> {
    fn new(inner: S) -> Self {
        Self { inner, digest: Sha256::new(), bytes: 0 }
    }

    fn saw(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    fn counted(self) -> (S, Counted) {
        (self.inner, Counted { bytes: self.bytes, sha256: hexadecimal(&self.digest.finalize()) })
    }
}

impl<S: Write> Write for Hashing<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.saw(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<S: Read> Read for Hashing<S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.saw(bytes.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Writes bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Which layers to put around a dump.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers {
    pub(crate) zstd: bool,
    pub(crate) recipients: Vec<Recipient>,
}

impl Layers {
    /// Reads the recipients, `age1...`, that a dump is encrypted to.
    pub(crate) fn new(zstd: bool, recipients: &[String]) -> Result<Self, Trouble> {
        let parse = |text: &String| {
            Recipient::from_str(text).map_err(|why| Trouble::Usage(format!("`{text}` is no recipient of age: {why}")))
        };
        Ok(Self { zstd, recipients: recipients.iter().map(parse).collect::<Result<_, _>>()? })
    }

    /// What they add to a file's name.
    pub(crate) fn suffix(&self) -> &'static str {
        match (self.zstd, self.recipients.is_empty()) {
            (false, true) => "",
            (true, true) => ".zst",
            (false, false) => ".age",
            (true, false) => ".zst.age",
        }
    }

    /// Writes everything that can be read to a new file, with these layers around it, durably.
    pub(crate) fn seal(&self, from: &mut impl Read, path: &Path) -> Result<Counted, Trouble> {
        let target = File::create_new(path).map_err(file(path))?;
        let target = Hashing::new(BufWriter::with_capacity(BUFFER_BYTES, target));
        let sealed = if self.recipients.is_empty() { self.compress(from, target) } else { self.encrypt(from, target) };
        let (buffered, counted) = sealed.map_err(file(path))?.counted();
        let written = buffered.into_inner().map_err(io::IntoInnerError::into_error).map_err(file(path))?;
        written.sync_all().map_err(file(path))?;
        Ok(counted)
    }

    fn encrypt<W: Write>(&self, from: &mut impl Read, target: W) -> io::Result<W> {
        let recipients = self.recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
        let encryptor = Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
        let writer = encryptor.wrap_output(target)?;
        self.compress(from, writer)?.finish()
    }

    fn compress<W: Write>(&self, from: &mut impl Read, target: W) -> io::Result<W> {
        let mut target = target;
        if !self.zstd {
            io::copy(from, &mut target)?;
            return Ok(target);
        }
        let mut encoder = zstd::Encoder::new(target, ZSTD_LEVEL)?;
        encoder.include_checksum(true)?;
        io::copy(from, &mut encoder)?;
        encoder.finish()
    }
}

/// Reads the keys, `AGE-SECRET-KEY-1...`, that open a dump.
pub(crate) fn identities(keys: &[Secret]) -> Result<Vec<Identity>, Trouble> {
    let parse = |key: &Secret| {
        Identity::from_str(key.reveal()).map_err(|why| Trouble::Usage(format!("a key is no identity of age: {why}")))
    };
    keys.iter().map(parse).collect()
}

/// Which layers a file has: those that its first bytes tell, or those that its name tells.
///
/// A file of a directory's dump can be gzip in itself, which is none of our layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// By the first bytes.
    ByContent,
    /// By the name alone.
    ByName,
}

/// Writes a file without the layers around it, and tells what its bytes were before.
pub(crate) fn open(from: &Path, to: &Path, keys: &[Identity], told: Told) -> Result<Counted, Trouble> {
    let source = Hashing::new(BufReader::with_capacity(BUFFER_BYTES, File::open(from).map_err(file(from))?));
    let mut name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let shared = std::rc::Rc::new(std::cell::RefCell::new(source));
    let mut reader: Box<dyn Read> = Box::new(Shared(shared.clone()));
    for _ in 0..MOST_LAYERS {
        let head = head(&mut reader).map_err(|error| damage(&error))?;
        let layer = match told {
            Told::ByContent => Layer::of_content(&head),
            Told::ByName => Layer::of_name(&mut name),
        };
        reader = Box::new(io::Cursor::new(head).chain(reader));
        let Some(layer) = layer else { break };
        reader = layer.take_off(reader, keys)?;
    }
    let mut target = BufWriter::with_capacity(BUFFER_BYTES, File::create_new(to).map_err(file(to))?);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = reader.read(&mut buffer).map_err(|error| damage(&error))?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        target.write_all(bytes).map_err(file(to))?;
    }
    target.flush().map_err(file(to))?;
    drop(reader);
    let source = std::rc::Rc::into_inner(shared).map(std::cell::RefCell::into_inner);
    let mut source = source.ok_or(BadDump::Damaged)?;
    // What stands after the last layer's end belongs to the file that was written, and to its digest.
    io::copy(&mut source, &mut io::sink()).map_err(file(from))?;
    Ok(source.counted().1)
}

struct Shared<R>(std::rc::Rc<std::cell::RefCell<R>>);

impl<R: Read> Read for Shared<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(bytes)
    }
}

fn head(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    reader.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// What a failed read says of a dump: the readers below name no finer kinds.
fn damage(error: &io::Error) -> Trouble {
    match error.kind() {
        ErrorKind::UnexpectedEof => BadDump::CutShort.into(),
        _ if error.to_string().contains("ncomplete") => BadDump::CutShort.into(),
        _ => BadDump::Damaged.into(),
    }
}

#[derive(Clone, Copy)]
enum Layer {
    Age,
    Zstd,
    Gzip,
}

impl Layer {
    fn of_content(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => head.starts_with(b"age-encryption.org/").then_some(Self::Age),
        }
    }

    fn of_name(name: &mut String) -> Option<Self> {
        let (layer, shorter) = match (name.strip_suffix(".age"), name.strip_suffix(".zst")) {
            (Some(shorter), _) => (Self::Age, shorter.to_owned()),
            (None, Some(shorter)) => (Self::Zstd, shorter.to_owned()),
            (None, None) => return None,
        };
        *name = shorter;
        Some(layer)
    }

    fn take_off(self, reader: Box<dyn Read>, keys: &[Identity]) -> Result<Box<dyn Read>, Trouble> {
        match self {
            Self::Gzip => Ok(Box::new(flate2::read::MultiGzDecoder::new(reader))),
            Self::Zstd => Ok(Box::new(zstd::Decoder::new(reader).map_err(|error| damage(&error))?)),
            Self::Age => {
                let decryptor = Decryptor::new(reader).map_err(|error| not_opened(&error))?;
                let keys = keys.iter().map(|key| key as &dyn age::Identity);
                Ok(Box::new(decryptor.decrypt(keys).map_err(|error| not_opened(&error))?))
            }
        }
    }
}

fn not_opened(error: &DecryptError) -> Trouble {
    match error {
        DecryptError::NoMatchingKeys | DecryptError::KeyDecryptionFailed => BadDump::NoKey.into(),
        DecryptError::Io(error) => damage(error),
        _ => BadDump::Damaged.into(),
    }
}

/// The name of a file without what layers added to it.
pub(crate) fn bare_name(name: &str) -> &str {
    let name = name.strip_suffix(".age").unwrap_or(name);
    name.strip_suffix(".zst").unwrap_or(name)
}
