package dev.rdptrace.testkit;

import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Receipts;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.aad.AadPdu;
import dev.rdptrace.wire.credssp.EarlyUserAuthorization;
import dev.rdptrace.wire.credssp.TsRequest;
import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.Octets;
import dev.rdptrace.wire.gateway.CleanPath;
import dev.rdptrace.wire.gateway.GatewayPacket;
import dev.rdptrace.wire.gateway.HttpHead;
import dev.rdptrace.wire.mcs.DomainPdu;
import dev.rdptrace.wire.rdstls.RdstlsPdu;
import dev.rdptrace.wire.security.SecurityPdu;
import dev.rdptrace.wire.share.ErrorInfo;
import dev.rdptrace.wire.share.Redirection;
import dev.rdptrace.wire.share.SharePdu;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.x224.FirstBytes;
import dev.rdptrace.wire.x224.Preconnection;
import dev.rdptrace.wire.x224.Tpdu;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;

/// Makes records whose components are anything their types allow, however unlikely in a capture: negative numbers, empty
/// and absent values, every kind of a sealed family.
public final class AnyRecord {
    private static final String[] TEXTS = {"", "client", "gr\u00fc\u00dfe", "\u6587\u5b57", "x".repeat(70)};
    private static final long[] NUMBERS =
            {0, 1, -1, 63, 64, -65, Byte.MAX_VALUE, 1 << 14, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE,
                    Long.MIN_VALUE};

    /// What an event can be about.
    private static final List<? extends Class<?>> MESSAGES = Stream.concat(Stream.of(Happening.class.getPermittedSubclasses())
            .filter(kind -> kind != Happening.Note.class /* whose parts must fit its pattern */),
            Stream.of(ResetFacts.class, IcmpFacts.class, FirstBytes.class, TlsFacts.AlertSeen.class,
                    CertificateFacts.class, Preconnection.class, Tpdu.class, DomainPdu.class, SecurityPdu.class, SharePdu.class,
                    Redirection.class, TsRequest.class,
                    EarlyUserAuthorization.class, RdstlsPdu.class, AadPdu.class, HttpHead.class, GatewayPacket.class, CleanPath.class))
            .toList();

    private final SplittableRandom random;
    private final Function<RecordComponent, Optional<String>> texts;
    private RecordComponent component;

    public AnyRecord(long seed) {
        this(seed, _ -> Optional.empty());
    }

    /// @param texts what stands in the texts of a component, where that is not all one; events are about messages then
    public AnyRecord(long seed, Function<RecordComponent, Optional<String>> texts) {
        random = new SplittableRandom(seed);
        this.texts = texts;
    }

    public <T extends Record> T of(Class<T> type) throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        Object[] parts = new Object[components.length];
        for (int i = 0; i < parts.length; i++) {
            component = components[i];
            parts[i] = any(components[i].getGenericType());
        }
        Constructor<T> maker = type.getDeclaredConstructor(Arrays.stream(components).map(RecordComponent::getType).toArray(Class[]::new));
        maker.setAccessible(true);
        return maker.newInstance(parts);
    }

    private Object any(Type type) throws ReflectiveOperationException {
        if (type instanceof ParameterizedType generic) {
            return anyOf((Class<?>) generic.getRawType(), generic.getActualTypeArguments());
        }
        Class<?> plain = (Class<?>) type;
        if (plain == int.class || plain == Integer.class) {
            return (int) number();
        }
        if (plain == long.class || plain == Long.class) {
            return number();
        }
        if (plain == boolean.class || plain == Boolean.class) {
            return random.nextBoolean();
        }
        if (plain == double.class) {
            return random.nextDouble() - 0.5;
        }
        if (plain == char.class) {
            return (char) random.nextInt(0xd800);
        }
        if (plain == Object.class && component.getName().equals("what") && random.nextInt(10) > 0) {
            return any(MESSAGES.get(random.nextInt(MESSAGES.size())));
        }
        if (plain == String.class || plain == Object.class) {
            return texts.apply(component).orElse(TEXTS[random.nextInt(TEXTS.length)]);
        }
        if (plain == byte[].class) {
            byte[] bytes = new byte[random.nextInt(4)];
            random.nextBytes(bytes);
            return bytes;
        }
        if (plain == Octets.class) {
            byte[] bytes = new byte[random.nextInt(4)];
            random.nextBytes(bytes);
            return Octets.of(bytes);
        }
        if (plain == int[].class) {
            return new int[] {(int) number(), (int) number()};
        }
        if (plain == Receipts.class) {
            return new Receipts(new long[] {Math.abs(number()), number(), number()});
        }
        if (plain.isEnum()) {
            return plain.getEnumConstants()[random.nextInt(plain.getEnumConstants().length)];
        }
        if (plain == Code.class) {
            return new ErrorInfo((int) number());
        }
        if (plain.isSealed()) {
            Class<?>[] kinds = plain.getPermittedSubclasses();
            return any(kinds[random.nextInt(kinds.length)]);
        }
        return of(plain.asSubclass(Record.class));
    }

    private Object anyOf(Class<?> container, Type[] of) throws ReflectiveOperationException {
        if (container == Optional.class) {
            return random.nextInt(3) == 0 ? Optional.empty() : Optional.of(any(of[0]));
        }
        int size = random.nextInt(4);
        if (container == Map.class && of[0] instanceof Class<?> key && key.isEnum()) {
            return enumMap(key, of[1], size);
        }
        if (container == Map.class) {
            return Map.of("one", any(of[1]));
        }
        List<Object> all = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            all.add(any(of[0]));
        }
        return container == Set.class ? Set.copyOf(all) : List.copyOf(all);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the key is an enum
    private Map<?, ?> enumMap(Class<?> key, Type value, int size) throws ReflectiveOperationException {
        Map all = new EnumMap(key);
        for (int i = 0; i < size; i++) {
            all.put(any(key), any(value));
        }
        return all;
    }

    private long number() {
        return random.nextInt(4) == 0 ? random.nextLong() : NUMBERS[random.nextInt(NUMBERS.length)];
    }
}
