/// RFC 1035, as far as it tells which name the client looked up and what it was told.
package dev.rdptrace.wire.dns;
