package dev.rdptrace.report;

import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.gcc.EncryptionMethod;
import dev.rdptrace.wire.share.ErrorInfo;
import dev.rdptrace.wire.tls.Alert;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.CipherSuite;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.Extension;
import dev.rdptrace.wire.tls.ServerHello;
import dev.rdptrace.wire.tls.TlsVersion;
import dev.rdptrace.wire.x224.FirstBytes;
import dev.rdptrace.wire.x224.Routing;
import dev.rdptrace.wire.x224.Tpdu;
import dev.rdptrace.wire.x224.Tpdu.NegotiationReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Something that can be held against the same of another try.
record Trait(Phase layer, String what, Kind kind, Function<Attempt, Value> value) {
    /// As far as two measurements are the same.
    private static final int TIMES = 3;
    private static final long NEAR_NANOS = 20_000_000L;

    enum Kind {
        /// What somebody did: a try goes another way from there on.
        DEED,
        /// How a side is set up, which may be why.
        SETTING,
        /// It varies by itself.
        MEASURE
    }

    /// @param says empty where nothing is known
    /// @param frame 0 for none
    /// @param number that is measured, or 0
    record Value(String says, long frame, long number) {
        static final Value UNKNOWN = new Value("", 0, 0);

        static Value of(String says, Moment at) {
            return new Value(says, at.frame(), 0);
        }

        boolean known() {
            return !says.isEmpty();
        }
    }

    /// In the order of the journey.
    static final List<Trait> ALL = List.of(
            deed(Phase.TCP, "answer to the SYN", Trait::answer),
            fact(Phase.TCP, "TCP options of the client", a -> options(a, Side.CLIENT)),
            fact(Phase.TCP, "TCP options of the server", a -> options(a, Side.SERVER)),
            measure(Phase.TCP, "hops from the client", a -> hops(a, Side.CLIENT)),
            measure(Phase.TCP, "hops from the server", a -> hops(a, Side.SERVER)),
            measure(Phase.TCP, "round trip", a -> a.tcp().rttNanos() < 0 ? Value.UNKNOWN
                    : new Value(TimeText.seconds(a.tcp().rttNanos() * 1000, 3) + " ms", a.tcp().synAck().frame(), a.tcp().rttNanos())),
            measure(Phase.TCP, "largest packet of the client that arrived", a -> largest(a, Side.CLIENT)),
            measure(Phase.TCP, "largest packet of the server that arrived", a -> largest(a, Side.SERVER)),
            measure(Phase.TCP, "lost for good", Trait::lost),
            measure(Phase.TCP, "errors of routers", Trait::icmp),
            fact(Phase.X224, "before RDP", a -> new Value(a.proxy().says().isEmpty() ? "nothing" : a.proxy().says(), 0, 0)),
            fact(Phase.TCP, "way to the host", a -> new Value(a.gateway() ? "through a gateway" : "direct", 0, 0)),
            deed(Phase.X224, "first bytes of the client", a -> a.gateway() ? Value.UNKNOWN
                    : opening(a, a.unread().client(), Step.REQUEST, "a Connection Request")),
            fact(Phase.X224, "protocols requested", a -> request(a, r -> r.requestedProtocols().toString())),
            fact(Phase.X224, "flags of the request", a -> request(a, r -> r.negotiation().map(n -> n.flags().names()).orElse(List.of())
                    .stream().collect(Collectors.collectingAndThen(Collectors.joining(", "), f -> f.isEmpty() ? "none" : f)))),
            fact(Phase.X224, "routing", a -> request(a, Trait::routing)),
            deed(Phase.X224, "answer to the request", Trait::reply),
            fact(Phase.X224, "protocol selected", a -> a.x224().confirm().map(confirm -> switch (confirm.reply()) {
                case NegotiationReply.Response reply -> Value.of(reply.selected().toString(), a.at(Step.CONFIRM));
                case NegotiationReply.None _ -> Value.of("RDP, without negotiation", a.at(Step.CONFIRM));
                case NegotiationReply.Failure _, NegotiationReply.Unknown _ -> Value.UNKNOWN;
            }).orElse(Value.UNKNOWN)),
            fact(Phase.X224, "flags of the answer", a -> a.x224().confirm().map(Tpdu.ConnectionConfirm::reply)
                    .filter(NegotiationReply.Response.class::isInstance).map(NegotiationReply.Response.class::cast)
                    .map(r -> Value.of(listed(r.flags().names()), a.at(Step.CONFIRM))).orElse(Value.UNKNOWN)),
            fact(Phase.TLS, "versions offered", a -> hello(a, h -> listed(h.offeredVersions().stream().map(TlsVersion::name).toList()))),
            fact(Phase.TLS, "cipher suites offered", a -> hello(a, h -> listed(h.offeredSuites().stream().map(CipherSuite::name)
                    .toList()))),
            fact(Phase.TLS, "groups offered", a -> hello(a, h -> listed(h.groups().stream().filter(code -> (code & 0x0f0f) != 0x0a0a)
                    .map(code -> Integer.toString(code)).toList()))),
            fact(Phase.TLS, "server name asked for", a -> hello(a, h -> h.serverName().isEmpty() ? "none" : h.serverName())),
            measure(Phase.TLS, "size of the ClientHello", a -> a.tls().clientHello().isEmpty() ? Value.UNKNOWN
                    : new Value(a.tls().clientHelloLength() + " bytes in " + Quantities.count(a.tls().clientHelloSegments(), "packet"),
                    a.at(Step.CLIENT_HELLO).frame(), a.tls().clientHelloSegments() * 100_000L + a.tls().clientHelloLength())),
            deed(Phase.TLS, "first bytes of the server", a -> a.reached(Step.SERVER_HELLO)
                    ? opening(a, Optional.empty(), Step.SERVER_HELLO, "a ServerHello")
                    : opening(a, a.unread().server(), Step.SERVER_HELLO, "")),
            fact(Phase.TLS, "version chosen", a -> chosen(a, h -> h.version().name())),
            fact(Phase.TLS, "cipher suite chosen", a -> chosen(a, h -> h.suite().name())),
            fact(Phase.TLS, "extended master secret", a -> chosen(a, h -> h.version().is13() ? "" : yes(h.extendedMasterSecret()))),
            fact(Phase.TLS, "encrypt-then-MAC", a -> chosen(a, h -> h.version().is13() ? "" : yes(h.has(Extension.ENCRYPT_THEN_MAC)))),
            fact(Phase.TLS, "session resumed", a -> chosen(a, _ -> yes(a.tls().resumed()))),
            fact(Phase.TLS, "certificate of the server", Trait::certificate),
            fact(Phase.TLS, "certificate asked of the client", a -> a.reached(Step.SERVER_FLIGHT)
                    ? Value.of(yes(a.tls().certificateRequested()), a.at(Step.SERVER_FLIGHT)) : Value.UNKNOWN),
            deed(Phase.TLS, "alert in the handshake", Trait::alert),
            fact(Phase.CREDSSP, "way to sign in", a -> a.authentication().mechanism() == AuthenticationFacts.Mechanism.NONE ? Value.UNKNOWN
                    : Value.of(a.authentication().mechanism().title(), a.at(Step.TOKEN))),
            fact(Phase.CREDSSP, "version of CredSSP", a -> Value.of(a.authentication().credSspVersions(), a.at(Step.TOKEN))),
            fact(Phase.MCS, "channels", a -> listed(a, a.inner().conference().channels(), Step.CONNECT_INITIAL)),
            fact(Phase.MCS, "encryption of Standard RDP Security", a -> a.inner().encryption().method() < 0 ? Value.UNKNOWN
                    : Value.of(EncryptionMethod.name(a.inner().encryption().method()), a.at(Step.CONNECT_RESPONSE))),
            deed(Phase.SESSION, "error told by the server", Trait::errorInfo));

    private static Trait fact(Phase layer, String what, Function<Attempt, Value> value) {
        return new Trait(layer, what, Kind.SETTING, value);
    }

    private static Trait deed(Phase layer, String what, Function<Attempt, Value> value) {
        return new Trait(layer, what, Kind.DEED, value);
    }

    private static Trait measure(Phase layer, String what, Function<Attempt, Value> value) {
        return new Trait(layer, what, Kind.MEASURE, value);
    }

    Value of(Attempt attempt) {
        return value.apply(attempt);
    }

    /// Two measurements that are the same as far as such things are.
    boolean near(Value one, Value other) {
        if (kind != Kind.MEASURE || !what.equals("round trip")) {
            return kind == Kind.MEASURE && one.number() == other.number() && one.number() != 0;
        }
        long most = Math.max(one.number(), other.number());
        return most - Math.min(one.number(), other.number()) < NEAR_NANOS || most < TIMES * Math.min(one.number(), other.number());
    }

    // ---- TCP ----

    private static Value answer(Attempt a) {
        Moment synAck = a.tcp().synAck();
        if (!a.tcp().syn().seen()) {
            return Value.UNKNOWN;
        }
        if (synAck.seen() || a.reached(Step.ESTABLISHED)) {
            return Value.of("SYN-ACK", synAck);
        }
        return a.tcp().resets().stream().filter(reset -> reset.from() == Side.SERVER).findFirst().map(reset -> Value.of("RST", reset.at()))
                .or(() -> a.tcp().icmp().stream().findFirst().map(error -> Value.of(says(error), error.at())))
                .orElse(Value.of("none", a.tcp().syn()));
    }

    private static String says(IcmpFacts error) {
        return error.says() + ", says " + error.sender();
    }

    private static Value options(Attempt a, Side side) {
        HalfFacts.Habits habits = a.tcp().half(side).habits();
        Moment at = side == Side.CLIENT ? a.tcp().syn() : a.tcp().synAck();
        return !at.seen() ? Value.UNKNOWN : Value.of((habits.mss() < 0 ? "no MSS" : "MSS " + habits.mss()) + ", window "
                + habits.synWindow() + (habits.timestamps() ? ", time stamps" : ""), at);
    }

    private static Value hops(Attempt a, Side side) {
        HalfFacts.Habits habits = a.tcp().half(side).habits();
        int left = habits.synHopLimit() >= 0 ? habits.synHopLimit() : habits.hopLimit();
        if (left < 0) {
            return Value.UNKNOWN;
        }
        int hops = (left <= 64 ? 64 : left <= 128 ? 128 : 255) - left;
        return new Value(hops + " (TTL " + left + ")", (side == Side.CLIENT ? a.tcp().syn() : a.tcp().synAck()).frame(), hops + 1L);
    }

    private static Value largest(Attempt a, Side side) {
        int bytes = a.tcp().half(side).traffic().largestDeliveredIp();
        return bytes <= 0 || !a.reached(Step.SERVER_FLIGHT) && lost(a).frame() == 0 ? Value.UNKNOWN : new Value(bytes + " bytes", 0, bytes);
    }

    private static Value lost(Attempt a) {
        for (Side side : Side.values()) {
            HalfFacts half = a.tcp().half(side);
            if (half.loss().holeBytes() + half.loss().announcedBytes() > 0) {
                return Value.of(half.loss().holeBytes() + half.loss().announcedBytes() + " bytes of the " + side,
                        half.loss().announcedAt());
            }
            Optional<LostSegment> segment = half.loss().unacknowledged().stream().filter(LostSegment::inVain).findFirst();
            if (segment.isPresent()) {
                return Value.of(segment.get().ipLength() + " bytes, sent " + segment.get().transmissions() + " times",
                        segment.get().first());
            }
        }
        return new Value("nothing", 0, 0);
    }

    private static Value icmp(Attempt a) {
        return a.tcp().icmp().isEmpty() ? new Value("none", 0, 0)
                : Value.of(says(a.tcp().icmp().getFirst()), a.tcp().icmp().getFirst().at());
    }

    // ---- X.224 ----

    private static Value opening(Attempt a, Optional<FirstBytes> odd, Step step, String usual) {
        return odd.map(bytes -> new Value(bytes.kind().title(), 0, 0)).orElse(a.reached(step) ? Value.of(usual, a.at(step))
                : Value.UNKNOWN);
    }

    private static Value request(Attempt a, Function<Tpdu.ConnectionRequest, String> says) {
        return a.x224().request().map(request -> Value.of(says.apply(request), a.at(Step.REQUEST))).orElse(Value.UNKNOWN);
    }

    private static String routing(Tpdu.ConnectionRequest request) {
        List<String> kinds = new ArrayList<>();
        for (Routing line : request.routing()) {
            kinds.add(switch (line) {
                case Routing.UserCookie _ -> "user name";
                case Routing.AddressToken _, Routing.OpaqueToken _ -> "token";
                case Routing.LoadBalanceInfo _ -> "load balance information";
                case Routing.FreeText _ -> "other text";
            });
        }
        return listed(kinds);
    }

    private static Value reply(Attempt a) {
        return a.x224().confirm().map(confirm -> Value.of(switch (confirm.reply()) {
            case NegotiationReply.Response _, NegotiationReply.None _ -> "a Connection Confirm";
            case NegotiationReply.Failure(var code) -> "failure " + code.number() + " " + code.name();
            case NegotiationReply.Unknown _ -> "unknown";
        }, a.at(Step.CONFIRM))).or(() -> a.unread().server().filter(_ -> a.x224().request().isPresent())
                .map(bytes -> new Value(bytes.kind().title(),
                0, 0))).orElse(Value.UNKNOWN);
    }

    // ---- TLS ----

    private static Value hello(Attempt a, Function<ClientHello, String> says) {
        return a.tls().clientHello().map(hello -> Value.of(says.apply(hello), a.at(Step.CLIENT_HELLO))).orElse(Value.UNKNOWN);
    }

    private static Value chosen(Attempt a, Function<ServerHello, String> says) {
        return a.tls().serverHello().map(hello -> Value.of(says.apply(hello), a.at(Step.SERVER_HELLO))).orElse(Value.UNKNOWN);
    }

    private static Value certificate(Attempt a) {
        return a.tls().certificate().map(one -> Value.of(certificate(one) + " [" + one.sha256().substring(0, 16) + "]",
                a.at(Step.CERTIFICATE))).orElse(Value.UNKNOWN);
    }

    private static String certificate(CertificateFacts one) {
        return (one.subject().isEmpty() ? "no subject" : one.subject()) + ", " + (one.selfSigned() ? "self-signed" : "by " + one.issuer())
                + ", " + one.keyAlgorithm() + (one.keyBits() > 0 ? " " + one.keyBits() : "") + ", " + one.signatureAlgorithm() + ", "
                + TimeText.secondOfSeconds(one.notBefore()).substring(0, 10) + " to "
                + TimeText.secondOfSeconds(one.notAfter()).substring(0, 10);
    }

    private static Value alert(Attempt a) {
        if (!a.reached(Step.CLIENT_HELLO)) {
            return Value.UNKNOWN;
        }
        Optional<TlsFacts.AlertSeen> first = a.tls().alerts().stream().filter(one -> one.beforeFinished() && !one.encrypted()).findFirst();
        return first.map(one -> Value.of(new Alert(one.level(), one.code()).name() + " of the " + one.from(), one.at()))
                .orElse(new Value("none", 0, 0));
    }

    // ---- behind it ----

    private static Value listed(Attempt a, List<String> all, Step step) {
        return all.isEmpty() ? Value.UNKNOWN : Value.of(listed(all), a.at(step));
    }

    private static Value errorInfo(Attempt a) {
        InnerFacts inner = a.inner();
        return inner.error().code() > 0 ? Value.of(new ErrorInfo(inner.error().code()).name(), inner.error().at())
                : inner.decrypted() ? new Value("none", 0, 0) : Value.UNKNOWN;
    }

    private static String listed(List<String> all) {
        return all.isEmpty() ? "none" : String.join(", ", all);
    }

    private static String yes(boolean is) {
        return is ? "yes" : "no";
    }
}
