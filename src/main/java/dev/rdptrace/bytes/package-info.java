/// The alphabet: reading untrusted bytes field by field, and saying what was wrong with them as a value.
///
/// A decoder reads like the table in its specification. Running out of bytes or meeting an impossible value does not
/// reach the caller as an exception: [Reader#decode] turns it into [Decoded.Partial] or [Decoded.Broken].
package dev.rdptrace.bytes;
