/// What a connection means so far: from bytes in order to the steps of RDP.
///
/// [RdpSession] follows one TCP connection; the [Conversation] in it, or in the tunnel of a gateway, reads what is clear with
/// the decoders of `wire`, hands TLS to [TlsObserver] and encrypted records to [SizeReader], and writes the [EventLog] that
/// becomes an [dev.rdptrace.timeline.Attempt]. It records and never blames.
package dev.rdptrace.session;
