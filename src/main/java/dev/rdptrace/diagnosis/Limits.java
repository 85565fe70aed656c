package dev.rdptrace.diagnosis;

/// Every time, number and size that a rule holds a capture against, with its source. A name holds one value.
public final class Limits {
    // ---- times ----

    /// No answer for this long is an answer: TCP has asked again twice by then (RFC 6298 2 and 5.5).
    public static final double PATIENCE_SECONDS = 4.0;
    /// Nobody reads a dialog and decides faster.
    public static final double HUMAN_SECONDS = 1.5;
    /// The longest first retransmission timeout of the usual stacks (RFC 6298 2.1).
    public static final double HOLE_SECONDS = 1;
    /// A round trip this long is felt, and makes timers of peers run out.
    public static final double SLOW_PATH_SECONDS = 0.3;
    /// Every system has repeated its SYN by then (RFC 6298 2.1: after one second at first).
    public static final double SYN_PATIENCE_SECONDS = 2.5;
    /// One repeated SYN-ACK is no proof before: a busy end may still be about to answer.
    public static final double SYN_ACK_TWICE_SECONDS = 8;
    /// So long after the last SYN the client still waits for an answer to it; no longer than any system does.
    public static final double ATTENTION_SECONDS = 60;
    /// A client that wants something has said so by then, over any path.
    public static final double CLIENT_SILENT_SECONDS = 2;
    /// Windows gives an unfinished connection a minute; five seconds of it may have passed before the capture began.
    public static final double SERVER_TIMER_SECONDS = 55;
    /// Firewalls and load balancers give an idle connection a minute at the very least.
    public static final double IDLE_SECONDS = 55;
    /// Address translators keep an idle connection this long at the very least.
    public static final double MAPPING_SECONDS = 30;
    /// A logon that is checked on the spot is answered sooner: longer, and somebody else was asked.
    public static final double SLOW_LOGON_SECONDS = 2;
    /// What a server answers out of its own memory it answers sooner.
    public static final double SLOW_ANSWER_SECONDS = 3;
    /// An RDP listener answers the request without any work: longer, and another had to be found first.
    public static final double SOMEBODY_ELSE_SECONDS = 15;
    /// A program that reads again before has only been busy.
    public static final long ZERO_WINDOW_NANOS = 2_000_000_000L;
    /// A card that answered so long before the first SYN, or after it, is there for it.
    public static final double CARD_SECONDS = 5;
    /// Kerberos tolerates five minutes (RFC 4120 5.5.1, the usual setting).
    public static final long CLOCK_SKEW_SECONDS = 300;
    /// A reset that follows a packet of the other side this closely may be the answer to it.
    public static final long ANSWER_NANOS = 1_000_000_000L;
    /// Farther than a server in the same house.
    public static final long FAR_NANOS = 10_000_000L;
    /// Who has said nothing for so long may have forgotten the connection.
    public static final double FORGOTTEN_SECONDS = 2;
    /// What asks for a Kerberos ticket over HTTP is longer ([MS-KKDCP] 2.2.2), and nothing that opens a tunnel has such a body.
    public static final int TICKET_REQUEST_BYTES = 100;
    /// The same with the head of HTTP, a hundred and fifty bytes and more, in one record.
    public static final int TICKET_REQUEST_RECORD = 300;
    /// A KRB-ERROR with the head of HTTP.
    public static final int SHORTEST_TICKET_ANSWER = 200;
    /// A gateway refuses with a status, schemes and a few words; a ticket is longer.
    public static final int LONGEST_GATEWAY_REFUSAL = 1000;
    /// No system starts anew faster and has a network again.
    public static final double ANEW_SECONDS = 10;
    /// An acknowledgement waits no longer than this for company (RFC 9293 3.8.6.3).
    public static final double IN_FLIGHT_SECONDS = 0.5;
    /// Two repetitions by timer take this long at least, for the timer is 200 ms at its shortest and doubles; faster ones are copies in the
    /// capture.
    public static final double REPEATS_SECONDS = 0.6;
    /// A service that crashed or was stopped refuses the next connection within this time.
    public static final double RESTART_SECONDS = 60;
    /// A session that begins anew more often within this time goes in a circle.
    public static final double ACTIVATION_SECONDS = 20;
    /// A client connects to a name at once after it was resolved.
    public static final long NAME_NANOS = 5_000_000_000L;
    /// Tickets for a try are asked for this long before it at most.
    public static final long KERBEROS_NANOS = 30_000_000_000L;
    /// What another port of a host said so long before or after still tells whether the host is up.
    public static final long OTHER_PORT_NANOS = 120_000_000_000L;
    /// Two resets, one to each end, this near to each other come from one device.
    public static final long BOTH_ENDS_NANOS = 5_000_000L;

    // ---- sessions over UDP ----

    /// A SYN over UDP is repeated by then, [MS-RDPEUDP] 3.1.6.1.
    public static final double UDP_PATIENCE_SECONDS = 6;
    /// A silent peer is given up after 65 s, [MS-RDPEUDP] 3.1.1.9.
    public static final double UDP_DEAD_SECONDS = 60;
    /// The same of version 3, [MS-RDPEUDP2] 3.1.1.3: sixteen seconds.
    public static final double UDP2_DEAD_SECONDS = 15;
    /// A SYN over UDP is repeated three times at least, [MS-RDPEUDP] 3.1.6.1.
    public static final int UDP_ASKED_OFTEN = 3;
    /// What is sent over UDP is repeated so often before the sender gives up, [MS-RDPEUDP] 3.1.5.4.1.
    public static final int UDP_REPEATS = 3;
    /// From the first of these to the last, by the shortest timer of [MS-RDPEUDP] 3.1.6.1; faster ones are copies in the capture.
    public static final double UDP_STALL_SECONDS = 0.5;
    /// Sessions that end because their UDP dies end at this age at the earliest.
    public static final double UDP_SHORTEST_LIFE_SECONDS = 60;
    /// And at this one at the latest.
    public static final double UDP_LONGEST_LIFE_SECONDS = 70;

    // ---- crowds ----

    /// Refused logons of one source that are more than somebody who mistypes.
    public static final int GUESSES = 5;
    /// Connections that make a scan.
    public static final int SCANS = 4;
    /// Nobody types a password faster.
    public static final double QUICK_SECONDS = 4;
    /// Nobody is told of a refusal and types a password sooner, on the average of several.
    public static final double TYPING_SECONDS = 1.5;
    /// A connection that is left before has not been used.
    public static final double BRIEF_SECONDS = 15;
    /// A server that is full closes at once.
    public static final double TURNED_AWAY_SECONDS = 2;
    /// Fewer connections at once fill no queue.
    public static final int BURST = 20;
    /// So many of them got in: the port is open.
    public static final int BURST_TAKEN = 4;
    /// Connections begun and not finished that are a limit and no accident.
    public static final int PENDING = 50;

    // ---- sizes, bytes ----

    /// Packets this large are what narrow paths lose.
    public static final int BIG_PACKET = 1000;
    /// No path of today carries less (RFC 791 asks for 68, RFC 1191 7.1 lists 296).
    public static final int SMALLEST_PATH_MTU = 296;
    /// What every host takes in one piece (RFC 791 3.1).
    public static final int SMALLEST_WHOLE_DATAGRAM = 576;
    /// A packet this large fills the path of nearly every network.
    public static final int FULL_PACKET = 1400;
    /// Connection Confirm, ServerHello and the smallest certificate, elliptic and self-signed, with its signature.
    public static final int CERTIFICATE_FLIGHT = 600;
    /// A token that does not fit two packets: a Kerberos ticket with many groups.
    public static final int LARGE_TOKEN = 2900;
    /// More than any handshake needs.
    public static final int SESSION_TRAFFIC = 6_000;
    /// More than the negotiation, TLS and a farewell of a client hold.
    public static final int HANDSHAKE_TRAFFIC = 2_500;
    /// A tunnel that carries a session moves more than any refusal.
    public static final int TUNNEL_TRAFFIC = 20_000;
    /// The same in TLS records.
    public static final int TUNNEL_RECORDS = 60;
    /// A gateway that refuses the way to the host says so in one packet, and closes in another.
    public static final int TUNNEL_OPEN_RECORDS = 3;
    /// A host that refuses the logon has said less by then, and one that accepts it more, [MS-RDPBCGR] 1.3.1.1.
    public static final int TUNNEL_SESSION_RECORDS = 14;
    /// TLS records of the requests and answers of a refused handshake.
    public static final int REFUSAL_RECORDS = 24;

    private Limits() {}
}
