/// From a frame to addresses, ports and payload, without allocating.
///
/// [Packet] is one window that is moved over each [dev.rdptrace.capture.Frame]; what it is, is its [Verdict].
package dev.rdptrace.net;
