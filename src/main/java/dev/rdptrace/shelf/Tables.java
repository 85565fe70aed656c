package dev.rdptrace.shelf;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What many packed things have in common, kept in memory and only numbered in the file: sentences, certificates, lists of
/// cipher suites, classes. Bounded; what comes when a table is full is written out.
final class Tables {
    private static final int MOST_TEXTS = 8192;
    private static final int LONGEST_TEXT = 256;
    private static final int MOST_VALUES = 4096;

    /// How to take a record apart and put it together.
    record Shape(int number, MethodHandle[] parts, MethodHandle maker) {}

    private final Map<String, Integer> textNumbers = new HashMap<>();
    private final List<String> texts = new ArrayList<>();
    private final Map<Object, Integer> valueNumbers = new HashMap<>();
    private final List<Object> values = new ArrayList<>();
    private final Map<Class<?>, Shape> shapes = new HashMap<>();
    private final List<Shape> numberedShapes = new ArrayList<>();
    private final Map<Class<?>, Integer> enumNumbers = new HashMap<>();
    private final List<Object[]> enums = new ArrayList<>();
    private final List<Object> odd = new ArrayList<>();

    /// -1 if it has to be written out.
    int number(String text) {
        Integer known = textNumbers.get(text);
        if (known != null) {
            return known;
        }
        if (texts.size() == MOST_TEXTS || text.length() > LONGEST_TEXT) {
            return -1;
        }
        textNumbers.put(text, texts.size());
        texts.add(text);
        return texts.size() - 1;
    }

    String text(int number) {
        return texts.get(number);
    }

    /// -1 if it has to be written out.
    ///
    /// @param value never changes, and is equal to another if the two may stand for each other
    int shared(Object value) {
        Integer known = valueNumbers.get(value);
        if (known != null) {
            return known;
        }
        if (values.size() == MOST_VALUES) {
            return -1;
        }
        valueNumbers.put(value, values.size());
        values.add(value);
        return values.size() - 1;
    }

    Object value(int number) {
        return values.get(number);
    }

    /// What nobody knows how to write.
    int odd(Object what) {
        odd.add(what);
        return odd.size() - 1;
    }

    Object oddOne(int number) {
        return odd.get(number);
    }

    int number(Class<?> enumType) {
        Integer known = enumNumbers.get(enumType);
        if (known != null) {
            return known;
        }
        enumNumbers.put(enumType, enums.size());
        enums.add(enumType.getEnumConstants());
        return enums.size() - 1;
    }

    Object constant(int type, int ordinal) {
        return enums.get(type)[ordinal];
    }

    Shape shape(Class<?> type) {
        Shape shape = shapes.get(type);
        if (shape == null) {
            shape = learn(type);
            shapes.put(type, shape);
            numberedShapes.add(shape);
        }
        return shape;
    }

    Shape shape(int number) {
        return numberedShapes.get(number);
    }

    private Shape learn(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        MethodHandle[] parts = new MethodHandle[components.length];
        Class<?>[] types = new Class<?>[components.length];
        try {
            for (int i = 0; i < components.length; i++) {
                Method accessor = components[i].getAccessor();
                accessor.setAccessible(true);
                parts[i] = lookup.unreflect(accessor).asType(MethodType.methodType(Object.class, Object.class));
                types[i] = components[i].getType();
            }
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            MethodHandle maker = lookup.unreflectConstructor(constructor).asSpreader(Object[].class, types.length)
                    .asType(MethodType.methodType(Object.class, Object[].class));
            return new Shape(numberedShapes.size(), parts, maker);
        } catch (ReflectiveOperationException broken) {
            throw new IllegalStateException(broken);
        }
    }
}
