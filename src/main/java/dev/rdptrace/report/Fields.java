package dev.rdptrace.report;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Identifies;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.wire.field.Octets;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A decoded message as names and values for an event's details: every component of its record, and what its methods call
/// `…Name` or `…Names` for the numbers in it. What a message lacks is left out.
///
/// The records of `wire` hold no passwords, keys or responses; raw bytes that they do hold are shown by their number only.
final class Fields {
    private static final int MOST_ELEMENTS = 64;
    private static final int DEEPEST = 6;

    private static final ClassValue<Form> FORMS = new ClassValue<>() {
        @Override
        protected Form computeValue(Class<?> type) {
            return new Form(kindOf(type), isCode(type), accessors(type));
        }
    };

    /// What is known of a record's class.
    ///
    /// @param code a number with a name: a record of `code` alone
    private record Form(String kind, boolean code, List<Accessor> accessors) {
        static Form of(Record message) {
            return FORMS.get(message.getClass());
        }
    }

    private record Accessor(String name, Method method, Manner manner) {}

    /// How a value is told.
    ///
    /// @param names what its texts name, `null` for those of a specification
    private record Manner(boolean bits, @Nullable Identity names) {
        String marked(String text) {
            return names == null ? text : names.of(text);
        }
    }

    /// What a text of this program, or of who has marked it, is told with.
    private static final Manner PLAIN = new Manner(false, null);

    private Fields() {}

    static Map<String, Object> of(Record message) {
        return of(message, 0);
    }

    private static Map<String, Object> of(Record message, int depth) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Accessor accessor : Form.of(message).accessors) {
            put(fields, accessor.name, value(accessor, message), accessor.manner, depth);
        }
        return fields;
    }

    /// What is not known is left out: an empty text, and -1 or the smallest number there is.
    static void put(Map<String, Object> to, String name, Object value) {
        put(to, name, value, PLAIN, 0);
    }

    /// A size that is 0 where it is not known.
    static int positive(int size) {
        return size == 0 ? -1 : size;
    }

    private static void put(Map<String, Object> to, String name, Object value, Manner by, int depth) {
        switch (value) {
            case Integer number when by.bits -> {
                if (number != -1) {
                    to.put(name, Hex.code(Integer.toUnsignedLong(number)));
                }
            }
            case Integer number -> {
                if (number != -1 && number != Integer.MIN_VALUE) {
                    to.put(name, number);
                }
            }
            case Long number -> {
                if (number != -1 && number != Long.MIN_VALUE) {
                    to.put(name, by.bits ? Hex.code(number) : number);
                }
            }
            case Boolean flag -> to.put(name, flag);
            case String text -> {
                if (!text.isEmpty()) {
                    to.put(name, by.marked(text));
                }
            }
            case Octets octets -> to.put(name + "Bytes", octets.length());
            case Enum<?> constant -> to.put(name, constant.name().toLowerCase(Locale.ROOT));
            case Optional<?> optional -> optional.ifPresent(inner -> put(to, name, inner, by, depth));
            case List<?> list -> to.put(name, elements(list, by, depth));
            case Map<?, ?> map -> to.put(name, map);
            case Record code when Form.of(code).code -> code(to, name, code);
            case Record inner when depth < DEEPEST -> to.put(name, of(inner, depth + 1));
            default -> to.put(name, value.toString());
        }
    }

    private static List<Object> elements(List<?> list, Manner by, int depth) {
        List<Object> told = new ArrayList<>(Math.min(list.size(), MOST_ELEMENTS));
        for (int i = 0; i < list.size() && i < MOST_ELEMENTS; i++) {
            told.add(element(list.get(i), by, depth));
        }
        return told;
    }

    private static Object element(Object element, Manner by, int depth) {
        return switch (element) {
            case Record inner when depth < DEEPEST -> typed(inner, depth + 1);
            case Octets octets -> Map.of("bytes", octets.length());
            case String text -> by.marked(text);
            default -> element;
        };
    }

    /// An element of a list whose elements are of several kinds tells its kind.
    private static Map<String, Object> typed(Record element, int depth) {
        Map<String, Object> fields = new LinkedHashMap<>();
        if (element.getClass().getInterfaces().length > 0) {
            fields.put("kind", kind(element));
        }
        fields.putAll(of(element, depth));
        return fields;
    }

    /// `DemandActive` → `demandActive`
    static String kind(Record message) {
        return Form.of(message).kind;
    }

    private static String kindOf(Class<?> type) {
        String name = type.getSimpleName();
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    private static boolean isCode(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        return components.length == 1 && components[0].getName().equals("code");
    }

    private static void code(Map<String, Object> to, String name, Record code) {
        for (Accessor accessor : Form.of(code).accessors) {
            Object value = value(accessor, code);
            if (accessor.name.equals("code") && value instanceof Integer number) {
                to.put(name, Integer.toUnsignedLong(number));
            } else if (accessor.name.equals("name") && value != null) {
                to.put(name + "Name", value);
            }
        }
    }

    private static Object value(Accessor accessor, Record message) {
        try {
            return accessor.method.invoke(message);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("cannot read " + accessor.name + " of " + message.getClass(), e);
        }
    }

    private static List<Accessor> accessors(Class<?> type) {
        List<Accessor> all = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String name = component.getName();
            boolean bits = name.toLowerCase(Locale.ROOT).endsWith("flags") || name.equals("options");
            Identifies names = component.getAnnotation(Identifies.class);
            all.add(new Accessor(name, component.getAccessor(), new Manner(bits, names == null ? Identity.NAME : names.value())));
        }
        List<Accessor> names = new ArrayList<>();
        for (Method method : type.getMethods()) {
            boolean naming = method.getName().endsWith("Name") || method.getName().endsWith("Names") || method.getName().equals("name");
            boolean plain = method.getParameterCount() == 0 && !Modifier.isStatic(method.getModifiers())
                    && (method.getReturnType() == String.class || method.getReturnType() == List.class);
            boolean component = all.stream().anyMatch(accessor -> accessor.name.equals(method.getName()));
            if (naming && plain && !component) {
                names.add(new Accessor(method.getName(), method, PLAIN));
            }
        }
        names.sort(Comparator.comparing(Accessor::name)); // the JVM gives them in no order
        all.addAll(names);
        return List.copyOf(all);
    }
}
