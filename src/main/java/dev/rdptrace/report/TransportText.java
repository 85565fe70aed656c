package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.bytes.Identity.NAME;
import static dev.rdptrace.bytes.Identity.DIGEST;
import static dev.rdptrace.bytes.Identity.FLOW;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.DatagramFacts;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.tls.CertificateFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// What the TLS and the TCP of a connection were like, for readers who want to know more than the answer.
///
/// @param pen what it is written with
record TransportText(LineWriter pen) {

    void tls(String heading, TlsFacts tls) {
        if (tls.clientHello().isEmpty() && tls.certificate().isEmpty()) {
            return;
        }
        pen.heading(heading);
        tls.clientHello().ifPresent(hello -> pen.bullet("-", "client offers "
                + hello.offeredVersions().stream().map(v -> v.name()).collect(Collectors.joining(", "))
                + (hello.serverName().isEmpty() ? "" : ", for " + HOST.of(hello.serverName())) + "; ClientHello of "
                + Quantities.count(tls.clientHelloLength(), "byte")));
        tls.serverHello().ifPresent(hello -> pen.bullet("-", "server chose " + hello.version().name() + ", " + hello.suite().name()
                + (tls.resumed() ? ", resumed" : "")));
        for (CertificateFacts certificate : tls.certificates()) {
            pen.bullet("-", "certificate of " + NAME.of(or(certificate.subject(), certificate.holder())) + " by "
                    + NAME.of(or(certificate.issuer(), certificate.authority())) + ", " + certificate.key() + ", valid "
                    + validity(certificate) + ", SHA-256 " + DIGEST.of(certificate.sha256()));
        }
    }

    private static String or(String text, String otherwise) {
        return text.isEmpty() ? otherwise : text;
    }

    void tcp(Attempt attempt) {
        pen.heading("TCP:");
        pen.bullet("-", "round trip " + (attempt.tcp().rttNanos() < 0 ? "unknown" : Quantities.duration(attempt.tcp().rttNanos() / 1e9))
                + ", community id " + FLOW.of(new CommunityId().of(attempt)));
        for (Side side : Side.values()) {
            pen.bullet("-", side + ": " + half(attempt.tcp().half(side)));
        }
    }

    /// The other road beside TCP: what it loses and how long it is.
    void udp(Incident incident, SideTransport udp) {
        pen.heading("UDP:");
        long trip = udp.roundTripNanos() < 0 ? udp.rttNanos() : udp.roundTripNanos();
        pen.bullet("-", udp.client().markedAddress() + ":" + udp.client().port() + " to port " + udp.server().port() + ", "
                + (udp.isGatewayChannel() ? "DTLS of a gateway's side channel" : udp.synAck().first().seen() ? "version "
                        + SideTransport.versionName(udp.synAck().version()) : "not answered")
                + ", round trip "
                + (trip < 0 ? "unknown" : Quantities.duration(trip / 1e9)) + ", udp.stream " + udp.stream());
        incident.owner(udp).ifPresent(main -> pen.bullet("-", "of tcp.stream " + main.attempt().stream() + ", by "
                + switch (main.tie(udp)) {
                    case REQUEST_ID -> "the request id and the cookie";
                    case COOKIE_HASH -> "the hash of the cookie";
                    case CORRELATION_ID -> "the correlation id";
                    case ADDRESSES, NONE -> "addresses and time";
                }));
        if (udp.tunnel().asked().seen()) {
            pen.bullet("-", (udp.isGatewayChannel() ? "channel to the host" : "tunnel for request " + udp.tunnel().requestId()) + ": "
                    + (udp.tunnel().answered().seen() ? Hex.code32(udp.tunnel().result()) : "no answer"));
        }
        for (Side side : Side.values()) {
            DatagramFacts sent = udp.sentBy(side);
            List<String> facts = new ArrayList<>();
            facts.add(Quantities.count(sent.sent(), "datagram") + ", " + sent.carrying() + " with data");
            facts.add(sent.repeats() + " sent again (" + Quantities.number(100 * sent.repeated()) + " %)");
            add(facts, sent.repairing(), "datagram", " of error correction");
            add(facts, sent.unseen(), "datagram", " lost before the capture point");
            add(facts, sent.holes(), "acknowledgement", " of a hole");
            pen.bullet("-", side + ": " + String.join(", ", facts));
        }
    }

    private static String half(HalfFacts half) {
        if (half.silent()) {
            return "nothing seen";
        }
        List<String> facts = new ArrayList<>();
        facts.add(Quantities.count(half.traffic().packets(), "packet") + " with " + Quantities.count(half.payloadBytes(), "byte"));
        facts.add(half.habits().mss() < 0 ? "MSS unknown" : "MSS " + half.habits().mss());
        facts.add(half.habits().hopLimit() < 0 ? "TTL unknown" : "TTL " + half.habits().hopLimit());
        add(facts, half.traffic().repeats(), "retransmission");
        add(facts, half.traffic().outOfOrder(), "packet", " out of order");
        add(facts, half.traffic().duplicates(), "duplicate");
        add(facts, half.loss().unacknowledged().size(), "segment", " never acknowledged");
        add(facts, half.loss().holeBytes(), "byte", " missing");
        facts.add("largest IP packet delivered " + half.traffic().largestDeliveredIp());
        return String.join(", ", facts);
    }

    private static void add(List<String> facts, long number, String noun) {
        add(facts, number, noun, "");
    }

    private static void add(List<String> facts, long number, String noun, String rest) {
        if (number > 0) {
            facts.add(Quantities.count(number, noun) + rest);
        }
    }

    private static String validity(CertificateFacts certificate) {
        String from = TimeText.secondOfSeconds(certificate.notBefore());
        return certificate.notAfter() == CertificateFacts.NO_EXPIRY
                ? "from " + from + ", no expiry"
                : from + " to " + TimeText.secondOfSeconds(certificate.notAfter());
    }
}
