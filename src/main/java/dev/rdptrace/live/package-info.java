/// Packets from and to interfaces: what needs libpcap, rights and a clock.
///
/// Two readers fill the same [dev.rdptrace.capture.Frame]: one bound to libpcap with `java.lang.foreign`, one through
/// pcap4j. Both hand over raw bytes, so nothing above knows which it was. The first reads in the caller's thread and
/// costs a copy a packet; the second needs a thread and a ring of its own, because pcap4j delivers well only from
/// inside its loop. Several interfaces are merged by time.
///
/// Everything that can go wrong here is a [LiveException] with a message for people.
package dev.rdptrace.live;
