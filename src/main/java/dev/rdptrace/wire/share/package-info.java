/// T.128 application sharing as RDP uses it: capabilities, finalization, errors, redirection, and the fast path.
package dev.rdptrace.wire.share;
