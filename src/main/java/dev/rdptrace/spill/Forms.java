package dev.rdptrace.spill;

import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.diagnosis.page.ClientCode;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Receipts;
import dev.rdptrace.wire.field.Octets;
import dev.rdptrace.wire.tls.CertificateFacts;
import dev.rdptrace.wire.x224.Tpdu;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The [Form] of each type, found once. A record nobody wrote a line for here has one as well: its components tell.
final class Forms {
    /// Many attempts and incidents have the same.
    private static final Set<Class<?>> ALIKE = Set.of(CertificateFacts.class, Tpdu.ConnectionConfirm.class, ClientCode.class);
    /// What stands more than once in an incident, and is one thing.
    private static final Set<Class<?>> REPEATED = Set.of(JudgedAttempt.class, Finding.class);

    private static final Form<Object> ANYTHING = new Form<>(Packer::value, Unpacker::value);
    private static final Form<Object> NOTHING = new Form<>((to, nothing) -> {}, from -> null);
    private static final Form<Object> KEPT = new Form<>(Packer::kept, Unpacker::kept);

    private final Map<Type, Form<Object>> forms = new HashMap<>();
    private final Form<Object> attempt = record(Attempt.class);
    private final Map<Class<?>, Integer> numbers = new HashMap<>();
    private final List<Form<Object>> numbered = new ArrayList<>();

    Forms() {
        add(int.class, new Form<>(Packer::int32, Unpacker::int32));
        add(Integer.class, of(int.class));
        add(long.class, new Form<>(Packer::number, Unpacker::number));
        add(Long.class, of(long.class));
        add(boolean.class, new Form<>(Packer::flag, Unpacker::flag));
        add(Boolean.class, of(boolean.class));
        add(double.class, new Form<>(Packer::real, Unpacker::real));
        add(Double.class, of(double.class));
        add(char.class, new Form<>(Packer::letter, Unpacker::letter));
        add(Character.class, of(char.class));
        add(String.class, new Form<>(Packer::text, Unpacker::text));
        add(byte[].class, new Form<>(Packer::bytes, Unpacker::bytes));
        add(int[].class, new Form<>(Packer::ints, Unpacker::ints));
        add(Octets.class, new Form<>((to, octets) -> to.bytes(octets.toArray()), from -> Octets.of(from.bytes())));
        add(Moment.class, new Form<>(Packer::moment, Unpacker::moment));
        add(Receipts.class, new Form<>((to, receipts) -> to.longs(receipts.words()), Forms::receipts));
        add(Attempt.class, new Form<>(Packer::place, Unpacker::placed));
        add(Signature.class, KEPT);
    }

    @SuppressWarnings("unchecked") // whoever asks for the form of a type has a value of it
    private void add(Type type, Form<?> form) {
        forms.put(type, (Form<Object>) form);
    }

    private static Receipts receipts(Unpacker from) {
        long[] words = from.longs();
        return words.length == 0 ? Receipts.NONE : new Receipts(words);
    }

    /// An attempt itself; where it is a part of something else, only its place is written.
    Form<Object> attempt() {
        return attempt;
    }

    /// The form of what is declared as `type`.
    Form<Object> of(Type type) {
        Form<Object> form = forms.get(type);
        if (form == null) {
            form = switch (type) {
                case ParameterizedType generic -> container((Class<?>) generic.getRawType(), generic.getActualTypeArguments());
                case Class<?> plain -> plain(plain);
                default -> ANYTHING;
            };
            add(type, form);
        }
        return form;
    }

    /// The number of the form of a value whose declared type does not tell it.
    int number(Object value) {
        Class<?> type = value == null ? void.class : value instanceof Enum<?> constant ? constant.getDeclaringClass() : value.getClass();
        Integer known = numbers.get(type);
        if (known != null) {
            return known;
        }
        Form<Object> form = switch (value) {
            case null -> NOTHING;
            case List<?> _ -> list(ANYTHING);
            case Optional<?> _ -> optional(ANYTHING);
            case Map<?, ?> _ -> map(ANYTHING, ANYTHING);
            case Record _,Enum<?> _ -> of(type);
            default -> forms.getOrDefault(type, KEPT);
        };
        numbers.put(type, numbered.size());
        numbered.add(form);
        return numbered.size() - 1;
    }

    Form<Object> numbered(int number) {
        return numbered.get(number);
    }

    private Form<Object> container(Class<?> container, Type[] of) {
        if (container == List.class) {
            return of[0] == Integer.class ? shared(list(of(of[0]))) : list(of(of[0])); // codes, as those of cipher suites, are often alike
        }
        if (container == Optional.class) {
            return optional(of(of[0]));
        }
        if (container == Map.class) {
            return of[0] instanceof Class<?> key && key.isEnum() ? enumMap(key, of(of[1])) : map(of(of[0]), of(of[1]));
        }
        return container == Set.class ? KEPT : of(container);
    }

    private Form<Object> plain(Class<?> type) {
        if (type.isEnum()) {
            Object[] constants = type.getEnumConstants();
            return new Form<>((to, constant) -> to.number(constant == null ? -1 : ((Enum<?>) constant).ordinal()), from -> {
                int ordinal = from.int32();
                return ordinal < 0 ? null : constants[ordinal];
            });
        }
        if (type.isRecord()) {
            Form<Object> form = record(type);
            return ALIKE.contains(type) ? shared(form) : REPEATED.contains(type) ? repeated(form) : form;
        }
        return type.isSealed() ? family(type) : Modifier.isFinal(type.getModifiers()) ? KEPT : ANYTHING;
    }

    private Form<Object> record(Class<?> type) {
        if (!Shape.fits(type)) {
            return KEPT;
        }
        Shape shape = new Shape(type, this);
        return new Form<>(shape::write, shape::read);
    }

    /// One of several classes, by its number among them.
    private Form<Object> family(Class<?> type) {
        List<Class<?>> members = members(type).toList();
        if (!members.stream().allMatch(member -> member.isRecord() || member.isEnum())) {
            return ANYTHING;
        }
        Map<Class<?>, Integer> places = new HashMap<>();
        List<Form<Object>> all = new ArrayList<>();
        for (Class<?> member : members) {
            places.put(member, all.size());
            all.add(of(member));
        }
        return new Form<>((to, value) -> {
            Class<?> member = value instanceof Enum<?> constant ? constant.getDeclaringClass() : value.getClass();
            int place = Objects.requireNonNull(places.get(member), "all are permitted");
            to.number(place);
            all.get(place).writer().write(to, value);
        }, from -> all.get(from.int32()).reader().read(from));
    }

    private static Stream<Class<?>> members(Class<?> type) {
        return type.isSealed() ? Stream.of(type.getPermittedSubclasses()).flatMap(Forms::members) : Stream.of(type);
    }

    private static Form<Object> shared(Form<Object> form) {
        return new Form<>((to, value) -> to.shared(value, form.writer()), from -> from.shared(form.reader()));
    }

    private static Form<Object> repeated(Form<Object> form) {
        return new Form<>((to, value) -> to.repeated(value, form.writer()), from -> from.repeated(form.reader()));
    }

    private static Form<Object> list(Form<Object> of) {
        Form.Writer<Object> writer = of.writer();
        Form.Reader<Object> reader = of.reader();
        return new Form<>((to, list) -> {
            List<?> all = (List<?>) list;
            to.number(all.size());
            for (Object one : all) {
                writer.write(to, one);
            }
        }, from -> {
            int size = from.int32();
            if (size == 0) {
                return List.of();
            }
            Object[] all = new Object[size];
            for (int i = 0; i < size; i++) {
                all[i] = reader.read(from);
            }
            return List.of(all);
        });
    }

    private static Form<Object> optional(Form<Object> of) {
        return new Form<>((to, maybe) -> {
            Object value = ((Optional<?>) maybe).orElse(null);
            to.flag(value != null);
            if (value != null) {
                of.writer().write(to, value);
            }
        }, from -> from.flag() ? Optional.ofNullable(of.reader().read(from)) : Optional.empty());
    }

    private static Form<Object> map(Form<Object> key, Form<Object> value) {
        return map(key, value, LinkedHashMap::new);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the key is an enum
    private Form<Object> enumMap(Class<?> key, Form<Object> value) {
        return map(of(key), value, () -> new EnumMap(key));
    }

    private static Form<Object> map(Form<Object> key, Form<Object> value, Supplier<Map<Object, Object>> empty) {
        return new Form<>((to, map) -> {
            Map<?, ?> all = (Map<?, ?>) map;
            to.number(all.size());
            for (Map.Entry<?, ?> one : all.entrySet()) {
                key.writer().write(to, one.getKey());
                value.writer().write(to, one.getValue());
            }
        }, from -> {
            Map<Object, Object> all = empty.get();
            for (int left = from.int32(); left > 0; left--) {
                all.put(key.reader().read(from), value.reader().read(from));
            }
            return all;
        });
    }
}
