/// What the fields of all formats are made of: codes that a table names, flag words, text, opaque octets.
package dev.rdptrace.wire.field;
