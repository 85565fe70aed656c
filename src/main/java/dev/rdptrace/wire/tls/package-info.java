/// TLS as far as it can be read without keys: records, alerts, hellos, certificates, and what record lengths say about
/// the bytes inside.
///
/// RFC 8446 (TLS 1.3), 5246 (1.2), 4346 (1.1), 2246 (1.0), 6101 (SSL 3.0). Handshake messages are decoded from their
/// bodies, without the four-byte handshake header; putting them together from records is the session's work. Codes are
/// kept as numbers; names come from the tables in the resources.
package dev.rdptrace.wire.tls;
