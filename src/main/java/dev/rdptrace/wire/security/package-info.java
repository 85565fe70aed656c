/// Standard RDP Security and the PDUs that carry its header even under TLS: Client Info, licensing, the message channel.
package dev.rdptrace.wire.security;
