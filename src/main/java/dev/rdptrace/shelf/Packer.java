package dev.rdptrace.shelf;

import dev.rdptrace.diagnosis.Attribution;
import dev.rdptrace.diagnosis.Diagnosis;
import dev.rdptrace.diagnosis.Ending;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.page.ClientCode;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TcpFacts;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.Extension;
import dev.rdptrace.wire.tls.ServerHello;
import dev.rdptrace.wire.x224.Routing;
import dev.rdptrace.wire.x224.Tpdu;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/// Writes things as few bytes: numbers by sevens of bits, moments as the time since the beginning of their attempt. What it
/// writes, in which order, is what an [Unpacker] reads.
final class Packer {
    static final byte NULL = 0;
    static final byte RECORD = 1;
    static final byte ENUM = 2;
    static final byte LIST = 3;
    static final byte MAP = 4;
    static final byte ENUM_MAP = 5;
    static final byte EMPTY = 6;
    static final byte PRESENT = 7;
    static final byte TEXT = 8;
    static final byte INT = 9;
    static final byte LONG = 10;
    static final byte FALSE = 11;
    static final byte TRUE = 12;
    static final byte BYTES = 13;
    static final byte INTS = 14;
    static final byte ODD = 15;
    static final byte DOUBLE = 16;
    static final byte CHARACTER = 17;
    static final byte MOMENT = 18;
    static final byte SHARED = 19;

    // how a text is written, in the low bits of its first number
    static final int NUMBERED = 0;
    static final int LATIN = 1;
    static final int WIDE = 2;

    private static final int LONGEST_NUMBER = 10;

    private final Tables tables;
    byte[] bytes;
    int length;
    private long beginNanos;

    Packer(Tables tables, int room) {
        this.tables = tables;
        bytes = new byte[room];
    }

    // ---- an attempt ----

    void attempt(Attempt a) {
        number(a.first().nanos());
        beginNanos = a.first().nanos();
        number(a.stream());
        endpoint(a.client());
        endpoint(a.server());
        flag(a.rolesCertain());
        flag(a.midStart());
        steps(a.steps());
        number(a.inferred().size());
        for (Step step : a.inferred()) {
            constant(step);
        }
        flag(a.request().isPresent());
        a.request().ifPresent(this::request);
        sharedOptional(a.confirm());
        value(a.otherTpdu());
        tls(a.tls());
        authentication(a.authentication());
        inner(a.inner());
        value(a.clientOpening());
        value(a.serverOpening());
        ints(a.unfinished());
        text(a.prologue());
        number(a.prologuePort());
        number(a.records().size());
        for (SizedRecord record : a.records()) {
            sized(record);
        }
        number(a.events().size());
        for (Event event : a.events()) {
            event(event);
        }
        tcp(a.tcp());
        flag(a.gateway());
        boolean noTunnel = a.tunnel() == GatewayFacts.NONE;
        flag(noTunnel);
        if (!noTunnel) {
            value(a.tunnel());
        }
        constant(a.end());
        beginNanos = 0;
    }

    private void endpoint(Endpoint e) {
        number(e.high());
        number(e.low());
        number(e.port());
    }

    private void moment(Moment m) {
        number(m.frame());
        number(m.seen() ? m.nanos() - beginNanos : m.nanos());
    }

    private void steps(Map<Step, Moment> steps) {
        number(steps.size());
        for (Map.Entry<Step, Moment> step : steps.entrySet()) {
            constant(step.getKey());
            moment(step.getValue());
        }
    }

    private void sized(SizedRecord r) {
        moment(r.at());
        constant(r.from());
        number(r.plainMin());
        number(r.plainMax());
        flag(r.alert());
    }

    private void event(Event e) {
        moment(e.at());
        text(e.from());
        constant(e.kind());
        constant(e.phase());
        text(e.says());
        number(e.details().size());
        for (Map.Entry<String, Object> detail : e.details().entrySet()) {
            text(detail.getKey());
            value(detail.getValue());
        }
    }

    private void request(Tpdu.ConnectionRequest r) {
        number(r.destinationReference());
        number(r.sourceReference());
        number(r.classOption());
        number(r.routing().size());
        for (Routing line : r.routing()) {
            boolean cookie = line instanceof Routing.UserCookie;
            flag(cookie);
            if (cookie) {
                text(line.text());
                text(((Routing.UserCookie) line).name());
            } else {
                value(line);
            }
        }
        flag(r.negotiation().isPresent());
        if (r.negotiation().isPresent()) {
            number(r.negotiation().get().flags().bits());
            number(r.negotiation().get().protocols().bits());
        }
        text(r.correlationId());
        shared(r.oddities());
    }

    private void tls(TlsFacts t) {
        flag(t.clientHello().isPresent());
        t.clientHello().ifPresent(this::clientHello);
        number(t.clientHelloLength());
        number(t.clientHelloSegments());
        flag(t.serverHello().isPresent());
        t.serverHello().ifPresent(this::serverHello);
        number(t.certificates().size());
        for (CertificateFacts certificate : t.certificates()) {
            shared(certificate);
        }
        number(t.encryptedCertificateLength());
        flag(t.certificateRequested());
        flag(t.clientCertificateEmpty());
        flag(t.resumed());
        number(t.alerts().size());
        for (TlsFacts.AlertSeen alert : t.alerts()) {
            moment(alert.at());
            constant(alert.from());
            number(alert.level());
            number(alert.code());
            flag(alert.beforeFinished());
        }
        number(t.serverRecords());
        number(t.promisedBytes());
        number(t.deliveredBytes());
        moment(t.clearTpkt());
        text(t.broken());
        constant(t.brokenFrom());
        text(t.ja3());
        text(t.ja4());
        text(t.ja3s());
    }

    private void clientHello(ClientHello h) {
        number(h.legacyVersion());
        bytes(h.random());
        bytes(h.sessionId());
        shared(h.cipherSuites());
        shared(h.compressionMethods());
        extensions(h.extensions());
    }

    private void serverHello(ServerHello h) {
        number(h.legacyVersion());
        bytes(h.random());
        bytes(h.sessionId());
        number(h.cipherSuite());
        number(h.compressionMethod());
        extensions(h.extensions());
    }

    private void extensions(List<Extension> all) {
        number(all.size());
        for (Extension extension : all) {
            number(extension.type());
            bytes(extension.data());
        }
    }

    private void authentication(AuthenticationFacts a) {
        constant(a.mechanism());
        constant(a.answer());
        text(a.credSspVersions());
        number(a.status());
        number(a.earlyAuthorization());
        number(a.result());
        flag(a.decrypted());
        number(a.kerberosError());
        number(a.clockSkewNanos());
        text(a.user());
    }

    private void inner(InnerFacts i) {
        number(i.connectResult());
        number(i.attachResult());
        number(i.joinsRequested());
        number(i.joinsConfirmed());
        number(i.joinFailures());
        number(i.encryptionOffered());
        number(i.encryptionMethod());
        number(i.encryptionLevel());
        number(i.errorInfo());
        moment(i.errorInfoAt());
        number(i.licenseError());
        number(i.licenseTransition());
        constant(i.licenseErrorFrom());
        number(i.disconnectReason());
        moment(i.disconnectAt());
        constant(i.disconnectFrom());
        text(i.redirectTarget());
        flag(i.redirected());
        texts(i.channels());
        number(i.activations());
        flag(i.decrypted());
        number(i.channelsGranted());
        number(i.echoedRequested());
        number(i.echoedSelected());
    }

    private void tcp(TcpFacts t) {
        moment(t.syn());
        number(t.synCount());
        moment(t.synAck());
        number(t.synAckCount());
        number(t.synAckVariants());
        moment(t.established());
        number(t.rttNanos());
        half(t.client());
        half(t.server());
        number(t.resets().size());
        for (ResetFacts reset : t.resets()) {
            reset(reset);
        }
        list(t.icmp());
        number(t.fragmented());
        number(t.fragmentsLost());
        flag(t.oneDirection());
        flag(t.bufferOverflow());
        number(t.cutPayload());
        number(t.timeWentBack());
        number(t.network());
    }

    private void reset(ResetFacts r) {
        moment(r.at());
        constant(r.from());
        number(r.hopLimit());
        number(r.usualHopLimit());
        number(r.identification());
        flag(r.dontFragment());
        flag(r.hasAck());
        number(r.window());
        flag(r.timestamps());
        flag(r.timestampsUsed());
        flag(r.sequenceExact());
        flag(r.behindClose());
        flag(r.afterOwnFin());
        flag(r.afterPeerFin());
        number(r.sinceOtherNanos());
        number(r.sinceOwnNanos());
        number(r.answersLength());
        flag(r.answersSyn());
        number(r.firstUncovered());
        number(r.sequenceAhead());
        flag(r.identificationContinues());
        text(r.text());
    }

    private void half(HalfFacts h) {
        number(h.packets());
        number(h.payloadBytes());
        number(h.retransmissions());
        number(h.lossRepairs());
        number(h.outOfOrder());
        number(h.largestSent());
        number(h.largestDelivered());
        number(h.largestDeliveredIp());
        number(h.smallestLostIp());
        number(h.unacknowledged().size());
        for (LostSegment segment : h.unacknowledged()) {
            lost(segment);
        }
        number(h.holeBytes());
        number(h.announcedBytes());
        number(h.bytesBehindHole());
        number(h.unseenAcknowledged());
        number(h.hopLimit());
        number(h.synHopLimit());
        constant(h.identificationHabit());
        number(h.mss());
        number(h.synWindow());
        flag(h.timestamps());
        flag(h.dontFragment());
        number(h.zeroWindowNanos());
        frames(h.zeroWindowFrames());
        flag(h.zeroWindowAtEnd());
        number(h.keepAlives());
        number(h.keepAlivesAnswered());
        number(h.keepAlivesHurried());
        number(h.shrunkSegments());
        number(h.superFrames());
        number(h.duplicates());
        moment(h.first());
        moment(h.last());
        moment(h.lastPayload());
        moment(h.fin());
        flag(h.finAcknowledged());
        moment(h.lastAcknowledgement());
        number(h.repeatedAfterReceipt());
        moment(h.announcedAt());
        long[] receipts = h.receipts().words();
        number(receipts.length);
        for (long word : receipts) {
            number(word);
        }
        number(h.payloadHopLimit());
    }

    private void lost(LostSegment l) {
        number(l.length());
        number(l.ipLength());
        number(l.transmissions());
        moment(l.first());
        moment(l.last());
        flag(l.fragmented());
        flag(l.syn());
    }

    // ---- an incident ----

    /// @param places where its attempts lie
    void incident(Incident i, ToLongFunction<Attempt> places) {
        endpoint(i.client());
        endpoint(i.server());
        number(i.attempts().size());
        for (Diagnosis attempt : i.attempts()) {
            diagnosis(attempt, places);
        }
        number(i.attempts().indexOf(i.headline()));
        boolean own = i.verdict() != i.headline().verdict();
        flag(own);
        if (own) {
            finding(i.verdict());
        }
        runnersUp(i.alternatives());
        number(i.excluded().size());
        for (Incident.Excluded excluded : i.excluded()) {
            text(excluded.says());
            text(excluded.because());
            frames(excluded.frames());
        }
        warnings(i.warnings());
        texts(i.nextLook());
        texts(i.fixes());
        number(i.clientCodes().size());
        for (ClientCode code : i.clientCodes()) {
            shared(code);
        }
        value(i.compared());
    }

    private void diagnosis(Diagnosis d, ToLongFunction<Attempt> places) {
        number(places.applyAsLong(d.attempt()));
        Ending ending = d.ending();
        constant(ending.by());
        constant(ending.how());
        moment(ending.at());
        flag(ending.reset().isPresent());
        ending.reset().ifPresent(this::attribution);
        finding(d.verdict());
        runnersUp(d.runnersUp());
        texts(d.unclear());
        warnings(d.warnings());
        list(d.fitness());
        number(d.lastGood().frame());
        text(d.lastGood().says());
        text(d.firstMissing().from());
        text(d.firstMissing().says());
        number(Double.doubleToRawLongBits(d.firstMissing().waitedSeconds()));
    }

    private void attribution(Attribution a) {
        reset(a.reset());
        number(a.score());
        texts(a.signs());
        number(a.hopsAway());
    }

    private void finding(Finding f) {
        text(f.id());
        constant(f.outcome());
        text(f.says());
        constant(f.phase());
        constant(f.side());
        constant(f.confidence());
        constant(f.closedBy());
        constant(f.how());
        frames(f.frames());
    }

    private void runnersUp(List<Diagnosis.RunnerUp> all) {
        number(all.size());
        for (Diagnosis.RunnerUp one : all) {
            text(one.id());
            text(one.says());
            text(one.because());
        }
    }

    private void warnings(List<Diagnosis.Warning> all) {
        number(all.size());
        for (Diagnosis.Warning one : all) {
            text(one.id());
            text(one.says());
            frames(one.frames());
        }
    }

    // ---- anything ----

    void value(Object what) {
        switch (what) {
            case null -> u8(NULL);
            case String text -> {
                u8(TEXT);
                text(text);
            }
            case Integer number -> {
                u8(INT);
                number(number);
            }
            case Long number -> {
                u8(LONG);
                number(number);
            }
            case Boolean flag -> u8(flag ? TRUE : FALSE);
            case Moment moment -> {
                u8(MOMENT);
                moment(moment);
            }
            case Record one -> record(one);
            case List<?> list -> {
                u8(LIST);
                list(list);
            }
            case Optional<?> maybe -> {
                u8(maybe.isEmpty() ? EMPTY : PRESENT);
                maybe.ifPresent(this::value);
            }
            case Enum<?> constant -> {
                u8(ENUM);
                number(tables.number(constant.getDeclaringClass()));
                number(constant.ordinal());
            }
            case EnumMap<?, ?> map -> map(map.isEmpty() ? MAP : ENUM_MAP, map);
            case Map<?, ?> map -> map(MAP, map);
            case Set<?> set when tables.shared(set) >= 0 -> {
                u8(SHARED);
                number(tables.shared(set));
            }
            case Double number -> {
                u8(DOUBLE);
                number(Double.doubleToRawLongBits(number));
            }
            case Character letter -> {
                u8(CHARACTER);
                number(letter);
            }
            case byte[] some -> {
                u8(BYTES);
                bytes(some);
            }
            case int[] some -> {
                u8(INTS);
                ints(some);
            }
            default -> {
                u8(ODD);
                number(tables.odd(what));
            }
        }
    }

    private void record(Record one) {
        Tables.Shape shape = tables.shape(one.getClass());
        u8(RECORD);
        number(shape.number());
        for (MethodHandle part : shape.parts()) {
            value(part(part, one));
        }
    }

    private static Object part(MethodHandle part, Object of) {
        try {
            return part.invokeExact(of);
        } catch (Throwable broken) {
            throw new IllegalStateException(broken);
        }
    }

    private void map(byte kind, Map<?, ?> map) {
        u8(kind);
        number(map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            value(entry.getKey());
            value(entry.getValue());
        }
    }

    private void list(List<?> list) {
        number(list.size());
        for (Object one : list) {
            value(one);
        }
    }

    /// Something that many have.
    private void shared(Object what) {
        int number = tables.shared(what);
        number(number);
        if (number < 0) {
            value(what);
        }
    }

    private void sharedOptional(Optional<?> maybe) {
        flag(maybe.isPresent());
        if (maybe.isPresent()) {
            shared(maybe.get());
        }
    }

    private void texts(List<String> all) {
        number(all.size());
        for (String text : all) {
            text(text);
        }
    }

    private void frames(List<Long> all) {
        number(all.size());
        for (long frame : all) {
            number(frame);
        }
    }

    private void ints(int[] all) {
        number(all.length);
        for (int one : all) {
            number(one);
        }
    }

    // ---- bytes ----

    @SuppressWarnings("deprecation") // the one way to copy Latin-1 that makes no array on the way
    private void text(String text) {
        int number = tables.number(text);
        if (number >= 0) {
            number(number << 2 | NUMBERED);
            return;
        }
        boolean latin = true;
        for (int i = 0; i < text.length() && latin; i++) {
            latin = text.charAt(i) < 0x100;
        }
        number((long) text.length() << 2 | (latin ? LATIN : WIDE));
        room(2 * text.length());
        if (latin) {
            text.getBytes(0, text.length(), bytes, length);
            length += text.length();
            return;
        }
        for (int i = 0; i < text.length(); i++) {
            bytes[length++] = (byte) (text.charAt(i) >> 8);
            bytes[length++] = (byte) text.charAt(i);
        }
    }

    private void bytes(byte[] some) {
        number(some.length);
        room(some.length);
        System.arraycopy(some, 0, bytes, length, some.length);
        length += some.length;
    }

    private void constant(Enum<?> constant) {
        u8(constant.ordinal());
    }

    private void flag(boolean flag) {
        u8(flag ? 1 : 0);
    }

    private void u8(int value) {
        room(1);
        bytes[length++] = (byte) value;
    }

    /// Small numbers of either sign take one byte.
    private void number(long value) {
        room(LONGEST_NUMBER);
        long left = value << 1 ^ value >> 63;
        while ((left & ~0x7fL) != 0) {
            bytes[length++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        bytes[length++] = (byte) left;
    }

    private void room(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
