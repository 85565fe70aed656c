package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import java.util.List;
import java.util.OptionalInt;

/// Is a TLS connection to a host with a gateway's name the leg to an RD Gateway?
///
/// Read with keys, the methods of [MS-TSGU] 2.2.3.1 say so. Without them the beginning of a tunnel does: the packets that set it up
/// have sizes of their own and come before anything else ([MS-TSGU] 3.1.1, 2.2.10), and no other use of HTTP begins so.
public final class GatewayShape {
    /// [MS-TSGU] 2.2.10.10 HTTP_HANDSHAKE_REQUEST_PACKET: header and version.
    private static final int HANDSHAKE_REQUEST = 14;
    /// [MS-TSGU] 2.2.10.11 HTTP_HANDSHAKE_RESPONSE_PACKET: header, error, version.
    private static final int HANDSHAKE_RESPONSE = 18;
    /// [MS-TSGU] 2.2.10.20 HTTP_TUNNEL_RESPONSE, of a tunnel that was made: header, version, error, fields; identifier, capabilities.
    private static final int TUNNEL_RESPONSE = 26;
    /// [MS-TSGU] 2.2.10.18 HTTP_TUNNEL_PACKET: header, capabilities, which fields follow.
    private static final int TUNNEL_REQUEST = 16;
    /// The answers that set a tunnel up are codes and flags; a consent message may be longer.
    private static final int LONGEST_ANSWER = 1024;
    /// RFC 6455 5.2: the header of a short frame, and the mask that a client adds.
    private static final int FRAME = 2;
    private static final int MASK = 4;
    /// RFC 9112 7.1: the length of a short chunk in hexadecimal, and two line ends.
    private static final int CHUNK = 5;
    /// Requests or answers that set a tunnel up: handshake, tunnel, authorization, channel.
    private static final int ANSWERS = 4;
    private static final int SHORT_ANSWER = 64;

    /// [MS-RPCH] 2.2.4: what begins a tunnel over RPC, CONN/A1 to the gateway, CONN/A3 and CONN/C2 from it, CONN/B1 to it.
    private static final int CONN_A1 = 76;
    private static final int CONN_A3 = 28;
    private static final int CONN_C2 = 44;
    private static final int CONN_B1 = 104;
    /// The least that binds to the interface of a gateway ([C706] 12.6.4.3).
    private static final int BIND = 72;
    /// From the gateway CONN/A3 and CONN/C2, the answer to the bind and to three calls; from the client at most CONN/B1, bind and
    /// authentication, five calls ([MS-TSGU] 1.3.1.1.1).
    private static final int RPC_ANSWERS = 6;
    private static final int RPC_CALLS = 8;

    private GatewayShape() {}

    /// Packets of [MS-TSGU] were read in it, or it begins as a tunnel begins.
    public static boolean fits(Attempt attempt) {
        GatewayFacts tunnel = attempt.tunnel();
        if (tunnel.http().asked() || tunnel.way().opened() || tunnel.inner()) {
            return true;
        }
        return !tunnel.read() && !offersHttp2(attempt) && behind(attempt.records(), false).isPresent();
    }

    /// A tunnel is made of HTTP/1.1: who offers HTTP/2 wants a web page, an app's service, or the gateway's KDC proxy.
    public static boolean offersHttp2(Attempt leg) {
        return leg.tls().clientHello().filter(hello -> hello.applicationProtocols().contains("h2")).isPresent();
    }

    /// How many records came behind those that set the tunnel up; empty where it does not begin as one. They are of the way to the host:
    /// of both sides, or of the one whose packets take this connection.
    ///
    /// @param gateway it is known to be one; the heads of its answers may be short
    public static OptionalInt behind(List<SizedRecord> records, boolean gateway) {
        for (int i = 0; i + ANSWERS <= records.size(); i++) {
            List<SizedRecord> four = records.subList(i, i + ANSWERS);
            boolean both = overWebSocket(four);
            int setUp = both ? 2 * ANSWERS : overIn(four) || overOut(four) ? ANSWERS : overRpcOut(four) ? RPC_ANSWERS
                    : gateway && overRpcIn(four) ? RPC_CALLS : 0;
            if (setUp > 0 && (gateway || records.subList(0, i).stream()
                    .noneMatch(earlier -> isShort(earlier, four.getFirst().from())))) {
                List<SizedRecord> rest = records.subList(Math.min(records.size(), i + setUp), records.size());
                return OptionalInt.of(both ? Math.min(count(rest, Side.CLIENT), count(rest, Side.SERVER))
                        : count(rest, four.getFirst().from()));
            }
        }
        return OptionalInt.empty();
    }

    private static int count(List<SizedRecord> records, Side from) {
        return (int) records.stream().filter(record -> record.from() == from && !record.alert()).count();
    }

    /// A tunnel of two connections of which only one is heard of.
    public enum HalfOpen {
        NO,
        /// The client's first packet, and nothing behind it: its answer never came on the other connection.
        PACKET,
        /// The same over RPC: the request got no answer, which only a refusal gets, and CONN/B1 is the last word.
        RPC_IN,
        /// The gateway said CONN/A3, and not CONN/C2: it has not heard of the other connection ([MS-RPCH] 3.2.1.5.3.1).
        RPC_OUT
    }

    /// Does this connection say nothing more where the other one should have gone on?
    public static HalfOpen halfOpen(List<SizedRecord> records) {
        if (records.size() < 2) {
            return HalfOpen.NO;
        }
        List<SizedRecord> said = records.stream().filter(record -> !record.alert()).toList();
        SizedRecord last = said.size() < 2 ? null : said.getLast();
        if (last == null || !last.exact()) {
            return HalfOpen.NO;
        }
        SizedRecord before = said.get(said.size() - 2);
        boolean begun = said.size() > 2 && is(said.get(said.size() - 3), Side.CLIENT, CONN_A1);
        return is(last, Side.CLIENT, HANDSHAKE_REQUEST + CHUNK) ? HalfOpen.PACKET
                : is(last, Side.CLIENT, CONN_B1) && atLeast(before, Side.CLIENT, SHORT_ANSWER) ? HalfOpen.RPC_IN
                : is(last, Side.SERVER, CONN_A3) && begun && atLeast(before, Side.SERVER, SHORT_ANSWER) ? HalfOpen.RPC_OUT : HalfOpen.NO;
    }

    /// What a side said before in as few bytes was no request or answer of HTTP: another protocol is spoken in here.
    private static boolean isShort(SizedRecord earlier, Side from) {
        return earlier.from() == from && !earlier.alert() && earlier.plainMax() >= HANDSHAKE_REQUEST && earlier.plainMin() <= SHORT_ANSWER;
    }

    /// Both directions on one connection.
    private static boolean overWebSocket(List<SizedRecord> four) {
        SizedRecord answer = four.get(3);
        return is(four.getFirst(), Side.CLIENT, HANDSHAKE_REQUEST + FRAME + MASK)
                && is(four.get(1), Side.SERVER, HANDSHAKE_RESPONSE + FRAME)
                && atLeast(four.get(2), Side.CLIENT, TUNNEL_REQUEST + FRAME + MASK)
                && atLeast(answer, Side.SERVER, HANDSHAKE_RESPONSE + FRAME) && answer.plainMin() <= LONGEST_ANSWER;
    }

    /// The channel from the client to the gateway, whose answers come on another connection.
    private static boolean overIn(List<SizedRecord> four) {
        return is(four.getFirst(), Side.CLIENT, HANDSHAKE_REQUEST + CHUNK) && differ(four)
                && four.stream().skip(1).allMatch(record -> atLeast(record, Side.CLIENT, TUNNEL_REQUEST + CHUNK));
    }

    /// The channel from the gateway to the client. It goes on after the tunnel only if there is one.
    private static boolean overOut(List<SizedRecord> four) {
        return is(four.getFirst(), Side.SERVER, HANDSHAKE_RESPONSE) && differ(four) && atLeast(four.get(1), Side.SERVER, TUNNEL_RESPONSE)
                && four.stream().skip(1).allMatch(record -> atLeast(record, Side.SERVER, HANDSHAKE_RESPONSE)
                && record.plainMin() <= SHORT_ANSWER);
    }

    /// The channel from the gateway over RPC: CONN/C2 comes once both channels have come together.
    private static boolean overRpcOut(List<SizedRecord> four) {
        return four.getFirst().exact() && is(four.getFirst(), Side.SERVER, CONN_A3) && is(four.get(1), Side.SERVER, CONN_C2);
    }

    /// The channel to the gateway over RPC: the client binds once both have come together.
    private static boolean overRpcIn(List<SizedRecord> four) {
        return four.getFirst().exact() && is(four.getFirst(), Side.CLIENT, CONN_B1)
                && four.stream().skip(1).allMatch(record -> atLeast(record, Side.CLIENT, BIND));
    }

    /// Some are longer than others, as far as the padding of a block cipher shows it.
    private static boolean differ(List<SizedRecord> four) {
        return four.stream().mapToInt(SizedRecord::plainMax).distinct().count() > 1;
    }

    private static boolean is(SizedRecord record, Side from, int bytes) {
        return record.from() == from && !record.alert() && record.fits(bytes);
    }

    private static boolean atLeast(SizedRecord record, Side from, int bytes) {
        return record.from() == from && !record.alert() && record.plainMax() >= bytes;
    }
}
