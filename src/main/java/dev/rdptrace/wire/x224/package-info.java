/// TPKT framing and the X.224 class 0 messages that open every RDP connection, with the RDP negotiation in their tails.
///
/// [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2, RFC 1006, ITU-T X.224 section 13. Messages are decoded from one whole TPKT.
/// [FirstBytes] says what a stream is when it does not begin with one of these.
package dev.rdptrace.wire.x224;
