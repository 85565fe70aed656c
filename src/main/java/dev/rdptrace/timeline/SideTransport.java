package dev.rdptrace.timeline;

/// [MS-RDPEUDP] 1.3: the UDP that a client and a server set up beside their TCP connection, from one port of the client to the
/// server's. Times are [Moment#NEVER] for what did not come.
///
/// @param asked first SYN
/// @param lastAsked last SYN
/// @param asks SYNs
/// @param mtu largest datagram that the client wants, bytes of UDP payload
/// @param tooBig a router says that the SYN does not fit
/// @param pathMtu what fits, bytes of the IP packet; 0 if nobody says
/// @param answered first SYN+ACK
/// @param answers SYN+ACKs
/// @param agreed version in the SYN+ACK, -1 where it tells none
/// @param clientHello first ClientHello of TLS or DTLS
/// @param lastClientHello last one
/// @param clientHellos how often
/// @param serverHello first ServerHello
/// @param alert first alert that was not encrypted
/// @param alertCode RFC 5246 7.2, -1 without
/// @param alertFrom who sent it
/// @param clientSent datagrams of the client but its SYNs
/// @param serverSent datagrams of the server but its SYN+ACKs
/// @param clientAlone of these, how many the client sent after the server's last
/// @param serverAlone of these, how many the server sent after the client's last
/// @param clientLast last datagram of the client
/// @param serverLast last datagram of the server
public record SideTransport(Endpoint client, Endpoint server, Moment asked, Moment lastAsked, int asks, int mtu, Moment tooBig, int pathMtu,
        Moment answered, int answers, int agreed, Moment clientHello, Moment lastClientHello, int clientHellos, Moment serverHello, Moment alert,
        int alertCode, Side alertFrom, long clientSent, long serverSent, long clientAlone, long serverAlone, Moment clientLast, Moment serverLast) {

    /// Both sides have spoken behind the handshake, and security came up as far as can be seen.
    public boolean isUp() {
        return answered.seen() && serverHello.seen() && clientSent > 1 && serverSent > 0;
    }
}
