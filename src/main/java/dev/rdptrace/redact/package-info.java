/// Captures fit to be passed on: the same packets with other addresses and names, and nothing that nobody reads.
package dev.rdptrace.redact;
