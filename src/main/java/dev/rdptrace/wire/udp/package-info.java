/// [MS-RDPEUDP]: the side transport over UDP, as far as its handshake is in the clear.
package dev.rdptrace.wire.udp;
