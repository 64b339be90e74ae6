//! Text too long to hold: decoded as it is read.

use std::io::{self, Read};

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};

use crate::MARK;
use crate::utf16::{self, Order};

/// Bytes read from the source at a time.
const BUFFER: usize = 16 * 1024;

/// A reader whose bytes are UTF-8 without a mark: UTF-16 is decoded, half a character becoming U+FFFD;
/// whatever else there is passes as it is.
pub struct Decoded<R> {
    source: R,
    /// Read from the source, not yet given on.
    raw: Vec<u8>,
    /// Of UTF-16.
    decoder: Option<Decoder>,
    /// Decoded, not yet given on.
    ready: Vec<u8>,
    begun: bool,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    /// Decodes what `source` gives.
    pub fn new(source: R) -> Self {
        Self {
            source,
            raw: Vec::new(),
            decoder: None,
            ready: Vec::new(),
            begun: false,
            ended: false,
        }
    }

    /// The source.
    pub fn get_ref(&self) -> &R {
        &self.source
    }

    /// The source, to be asked or told something; not to be read.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.source
    }

    /// The source.
    pub fn into_inner(self) -> R {
        self.source
    }

    /// Finds out by the first bytes what it is.
    fn begin(&mut self) -> io::Result<()> {
        self.begun = true;
        while self.raw.len() < MARK.len() && !self.ended {
            self.fill(MARK.len() - self.raw.len())?;
        }
        if let Some((order, text)) = utf16::order(&self.raw) {
            let encoding = match order {
                Order::Little => UTF_16LE,
                Order::Big => UTF_16BE,
            };
            self.raw = text.to_vec();
            self.decoder = Some(encoding.new_decoder_without_bom_handling());
        } else if self.raw.starts_with(MARK) {
            self.raw.clear();
        }
        Ok(())
    }

    fn fill(&mut self, most: usize) -> io::Result<()> {
        let before = self.raw.len();
        self.raw.resize(before + most, 0);
        let read = loop {
            match self
                .source
                .read(self.raw.get_mut(before..).unwrap_or_default())
            {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.raw.truncate(before + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(())
    }

    /// Decodes more, until there is something or nothing is left.
    fn decode(&mut self) -> io::Result<()> {
        while self.ready.is_empty()
            && !(self.ended && self.raw.is_empty() && self.decoder.is_none())
        {
            if self.raw.is_empty() && !self.ended {
                self.fill(BUFFER)?;
            }
            let Some(decoder) = &mut self.decoder else {
                std::mem::swap(&mut self.ready, &mut self.raw);
                continue;
            };
            let room = decoder
                .max_utf8_buffer_length(self.raw.len())
                .unwrap_or(BUFFER);
            let mut text = String::with_capacity(room);
            let _ = decoder.decode_to_string(&self.raw, &mut text, self.ended);
            self.raw.clear();
            self.ready = text.into_bytes();
            if self.ended {
                self.decoder = None;
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.begun {
            self.begin()?;
        }
        if self.decoder.is_none() && self.raw.is_empty() && self.ready.is_empty() {
            return self.source.read(buffer);
        }
        self.decode()?;
        let count = buffer.len().min(self.ready.len());
        let given = self.ready.drain(..count);
        buffer
            .iter_mut()
            .zip(given)
            .for_each(|(to, from)| *to = from);
        Ok(count)
    }
}
