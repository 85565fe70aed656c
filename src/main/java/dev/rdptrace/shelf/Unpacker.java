package dev.rdptrace.shelf;

import dev.rdptrace.diagnosis.Attribution;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Diagnosis;
import dev.rdptrace.diagnosis.Ending;
import dev.rdptrace.diagnosis.Fault;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.How;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Details;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.HalfFacts.IdentificationHabit;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.LostSegment;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Receipts;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TcpFacts;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.Extension;
import dev.rdptrace.wire.tls.ServerHello;
import dev.rdptrace.wire.x224.NegotiationFlags;
import dev.rdptrace.wire.x224.Protocols;
import dev.rdptrace.wire.x224.Routing;
import dev.rdptrace.wire.x224.Tpdu;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;

/// Reads what a [Packer] has written, component by component in the order of the records.
final class Unpacker {
    private static final Step[] STEPS = Step.values();
    private static final Side[] SIDES = Side.values();
    private static final Phase[] PHASES = Phase.values();
    private static final Event.Kind[] KINDS = Event.Kind.values();
    private static final Attempt.End[] ENDS = Attempt.End.values();
    private static final AuthenticationFacts.Mechanism[] MECHANISMS = AuthenticationFacts.Mechanism.values();
    private static final AuthenticationFacts.Answer[] ANSWERS = AuthenticationFacts.Answer.values();
    private static final IdentificationHabit[] HABITS = IdentificationHabit.values();
    private static final Outcome[] OUTCOMES = Outcome.values();
    private static final Fault[] FAULTS = Fault.values();
    private static final Confidence[] CONFIDENCES = Confidence.values();
    private static final How[] HOWS = How.values();

    private final Tables tables;
    private byte[] bytes;
    private int at;
    private long beginNanos;

    Unpacker(Tables tables) {
        this.tables = tables;
    }

    Unpacker over(byte[] packed, int offset) {
        bytes = packed;
        at = offset;
        return this;
    }

    // ---- an attempt ----

    Attempt attempt() {
        beginNanos = number();
        Attempt attempt = new Attempt(int32(), endpoint(), endpoint(), flag(), flag(), steps(), inferred(), request(), sharedOptional(), valueAs(),
                tls(), authentication(), inner(), valueAs(), valueAs(), ints(), text(), int32(), records(), events(), tcp(), flag(),
                flag() ? GatewayFacts.NONE : (GatewayFacts) value(), ENDS[u8()]);
        beginNanos = 0;
        return attempt;
    }

    private Endpoint endpoint() {
        return new Endpoint(number(), number(), int32());
    }

    private Moment moment() {
        long frame = number();
        long nanos = number();
        return frame != 0 ? new Moment(frame, nanos + beginNanos) : nanos == 0 ? Moment.NEVER : new Moment(0, nanos);
    }

    private Map<Step, Moment> steps() {
        Map<Step, Moment> steps = new EnumMap<>(Step.class);
        for (int left = int32(); left > 0; left--) {
            steps.put(STEPS[u8()], moment());
        }
        return steps;
    }

    private List<Step> inferred() {
        Step[] all = new Step[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = STEPS[u8()];
        }
        return List.of(all);
    }

    private List<SizedRecord> records() {
        SizedRecord[] all = new SizedRecord[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new SizedRecord(moment(), SIDES[u8()], int32(), int32(), flag());
        }
        return List.of(all);
    }

    private List<Event> events() {
        Event[] all = new Event[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new Event(moment(), text(), KINDS[u8()], PHASES[u8()], text(), details());
        }
        return List.of(all);
    }

    private Map<String, Object> details() {
        Object[] pairs = new Object[2 * int32()];
        for (int i = 0; i < pairs.length; i += 2) {
            pairs[i] = text();
            pairs[i + 1] = value();
        }
        return Details.of(pairs);
    }

    private Optional<Tpdu.ConnectionRequest> request() {
        return flag() ? Optional.of(new Tpdu.ConnectionRequest(int32(), int32(), int32(), routing(), flag() ? Optional.of(new Tpdu.NegotiationRequest(
                new NegotiationFlags.Request(int32()), new Protocols(int32()))) : Optional.empty(), text(), shared())) : Optional.empty();
    }

    private List<Routing> routing() {
        Routing[] all = new Routing[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = flag() ? new Routing.UserCookie(text(), text()) : valueAs();
        }
        return List.of(all);
    }

    private TlsFacts tls() {
        return new TlsFacts(flag() ? Optional.of(clientHello()) : Optional.empty(), int32(), int32(),
                flag() ? Optional.of(serverHello()) : Optional.empty(), sharedList(), int32(), flag(), flag(), flag(), alerts(), int32(), int32(),
                int32(), moment(), text(), SIDES[u8()], text(), text(), text());
    }

    private List<TlsFacts.AlertSeen> alerts() {
        TlsFacts.AlertSeen[] all = new TlsFacts.AlertSeen[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new TlsFacts.AlertSeen(moment(), SIDES[u8()], int32(), int32(), flag());
        }
        return List.of(all);
    }

    private ClientHello clientHello() {
        return new ClientHello(int32(), bytes(), bytes(), shared(), shared(), extensions());
    }

    private ServerHello serverHello() {
        return new ServerHello(int32(), bytes(), bytes(), int32(), int32(), extensions());
    }

    private List<Extension> extensions() {
        Extension[] all = new Extension[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new Extension(int32(), bytes());
        }
        return List.of(all);
    }

    private AuthenticationFacts authentication() {
        return new AuthenticationFacts(MECHANISMS[u8()], ANSWERS[u8()], text(), int32(), int32(), int32(), flag(),
                int32(), number(), text());
    }

    private InnerFacts inner() {
        return new InnerFacts(int32(), int32(), int32(), int32(), int32(), int32(), int32(), int32(), int32(), moment(), int32(),
                int32(), SIDES[u8()], int32(), moment(), SIDES[u8()], text(), flag(), texts(), int32(), flag(), int32(), number(), number());
    }

    private TcpFacts tcp() {
        return new TcpFacts(moment(), int32(), moment(), int32(), int32(), moment(), number(), half(), half(), resets(), list(), int32(), int32(),
                flag(), flag(), int32(), int32(), int32());
    }

    private List<ResetFacts> resets() {
        ResetFacts[] all = new ResetFacts[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = reset();
        }
        return List.of(all);
    }

    private ResetFacts reset() {
        return new ResetFacts(moment(), SIDES[u8()], int32(), int32(), int32(), flag(), flag(), int32(), flag(), flag(), flag(), flag(), flag(), flag(),
                number(), number(), int32(), flag(), number(), number(), flag(), text());
    }

    private HalfFacts half() {
        return new HalfFacts(number(), number(), int32(), int32(), int32(), int32(), int32(), int32(), int32(), lost(), number(), number(), number(),
                number(), int32(), int32(), HABITS[u8()], int32(), int32(), flag(), flag(), number(), frames(), flag(), int32(), int32(), int32(),
                int32(), int32(), int32(), moment(), moment(), moment(), moment(), flag(), moment(), int32(), moment(), receipts(), int32());
    }

    private Receipts receipts() {
        long[] words = new long[int32()];
        for (int i = 0; i < words.length; i++) {
            words[i] = number();
        }
        return words.length == 0 ? Receipts.NONE : new Receipts(words);
    }

    private List<LostSegment> lost() {
        LostSegment[] all = new LostSegment[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new LostSegment(int32(), int32(), int32(), moment(), moment(), flag(), flag());
        }
        return List.of(all);
    }

    // ---- an incident ----

    /// @param attempts what lies at a place
    Incident incident(LongFunction<Attempt> attempts) {
        Endpoint client = endpoint();
        Endpoint server = endpoint();
        Diagnosis[] all = new Diagnosis[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = diagnosis(attempts);
        }
        Diagnosis headline = all[int32()];
        return new Incident(client, server, flag() ? finding() : headline.verdict(), headline, runnersUp(), excluded(), warnings(), texts(), texts(),
                sharedList(), List.of(all), valueAs());
    }

    private Diagnosis diagnosis(LongFunction<Attempt> attempts) {
        return new Diagnosis(attempts.apply(number()), new Ending(FAULTS[u8()], HOWS[u8()], moment(), attribution()), finding(), runnersUp(), texts(),
                warnings(), list(), new Diagnosis.Milestone(number(), text()),
                new Diagnosis.Missing(text(), text(), Double.longBitsToDouble(number())));
    }

    private Optional<Attribution> attribution() {
        return flag() ? Optional.of(new Attribution(reset(), int32(), texts(), int32())) : Optional.empty();
    }

    private Finding finding() {
        return new Finding(text(), OUTCOMES[u8()], text(), PHASES[u8()], FAULTS[u8()], CONFIDENCES[u8()], FAULTS[u8()], HOWS[u8()], frames());
    }

    private List<Diagnosis.RunnerUp> runnersUp() {
        Diagnosis.RunnerUp[] all = new Diagnosis.RunnerUp[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new Diagnosis.RunnerUp(text(), text(), text());
        }
        return List.of(all);
    }

    private List<Incident.Excluded> excluded() {
        Incident.Excluded[] all = new Incident.Excluded[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new Incident.Excluded(text(), text(), frames());
        }
        return List.of(all);
    }

    private List<Diagnosis.Warning> warnings() {
        Diagnosis.Warning[] all = new Diagnosis.Warning[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new Diagnosis.Warning(text(), text(), frames());
        }
        return List.of(all);
    }

    // ---- anything ----

    Object value() {
        byte kind = bytes[at++];
        return switch (kind) {
            case Packer.NULL -> null;
            case Packer.RECORD -> record();
            case Packer.ENUM -> tables.constant(int32(), int32());
            case Packer.LIST -> list();
            case Packer.MAP -> into(new LinkedHashMap<>());
            case Packer.ENUM_MAP -> enumMap();
            case Packer.EMPTY -> Optional.empty();
            case Packer.PRESENT -> Optional.of(value());
            case Packer.TEXT -> text();
            case Packer.INT -> int32();
            case Packer.LONG -> number();
            case Packer.FALSE -> false;
            case Packer.TRUE -> true;
            case Packer.BYTES -> bytes();
            case Packer.INTS -> ints();
            case Packer.ODD -> tables.oddOne(int32());
            case Packer.DOUBLE -> Double.longBitsToDouble(number());
            case Packer.CHARACTER -> (char) int32();
            case Packer.MOMENT -> moment();
            case Packer.SHARED -> tables.value(int32());
            default -> throw new IllegalStateException("kind " + kind);
        };
    }

    /// Of the type that the constructor wants, for that is what was written.
    @SuppressWarnings("unchecked")
    private <T> T valueAs() {
        return (T) value();
    }

    private Object record() {
        Tables.Shape shape = tables.shape(int32());
        Object[] parts = new Object[shape.parts().length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = value();
        }
        try {
            return shape.maker().invokeExact(parts);
        } catch (Throwable broken) {
            throw new IllegalStateException(broken);
        }
    }

    private Map<Object, Object> into(Map<Object, Object> map) {
        for (int left = int32(); left > 0; left--) {
            Object key = value();
            map.put(key, value());
        }
        return map;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the keys are what they were when they were written
    private Object enumMap() {
        Map<Object, Object> all = into(new LinkedHashMap<>());
        return new EnumMap(all);
    }

    @SuppressWarnings("unchecked")
    private <T> List<T> list() {
        int size = int32();
        if (size == 0) {
            return List.of();
        }
        Object[] all = new Object[size];
        for (int i = 0; i < size; i++) {
            all[i] = value();
        }
        return (List<T>) List.of(all);
    }

    @SuppressWarnings("unchecked")
    private <T> T shared() {
        int number = int32();
        return (T) (number < 0 ? value() : tables.value(number));
    }

    private <T> Optional<T> sharedOptional() {
        return flag() ? Optional.of(this.<T>shared()) : Optional.empty();
    }

    @SuppressWarnings("unchecked")
    private <T> List<T> sharedList() {
        Object[] all = new Object[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = shared();
        }
        return (List<T>) List.of(all);
    }

    private List<String> texts() {
        int size = int32();
        if (size == 0) {
            return List.of();
        }
        String[] all = new String[size];
        for (int i = 0; i < size; i++) {
            all[i] = text();
        }
        return List.of(all);
    }

    private List<Long> frames() {
        int size = int32();
        if (size == 0) {
            return List.of();
        }
        Long[] all = new Long[size];
        for (int i = 0; i < size; i++) {
            all[i] = number();
        }
        return List.of(all);
    }

    private int[] ints() {
        int[] all = new int[int32()];
        for (int i = 0; i < all.length; i++) {
            all[i] = int32();
        }
        return all;
    }

    // ---- bytes ----

    private String text() {
        long head = number();
        int number = (int) (head >> 2);
        return switch ((int) head & 3) {
            case Packer.NUMBERED -> tables.text(number);
            case Packer.LATIN -> {
                at += number;
                yield new String(bytes, at - number, number, StandardCharsets.ISO_8859_1);
            }
            default -> {
                at += 2 * number;
                yield new String(bytes, at - 2 * number, 2 * number, StandardCharsets.UTF_16BE);
            }
        };
    }

    private byte[] bytes() {
        int length = int32();
        at += length;
        return Arrays.copyOfRange(bytes, at - length, at);
    }

    private boolean flag() {
        return bytes[at++] != 0;
    }

    private int u8() {
        return bytes[at++];
    }

    private int int32() {
        return (int) number();
    }

    private long number() {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = bytes[at++];
            value |= (next & 0x7fL) << shift;
            shift += 7;
        } while (next < 0);
        return value >>> 1 ^ -(value & 1);
    }
}
