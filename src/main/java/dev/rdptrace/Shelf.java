package dev.rdptrace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is finished and waits for the report, in a temporary file that is gone when the program ends.
///
/// Everything that was learnt about a connection, and every verdict, is made of records, enums, lists, maps, optionals,
/// strings and numbers. So one generic writer does for all of them, and a new fact needs no line here. What is none of
/// these stays in memory and is only numbered in the file.
final class Shelf {
    private static final byte NULL = 0;
    private static final byte RECORD = 1;
    private static final byte ENUM = 2;
    private static final byte LIST = 3;
    private static final byte MAP = 4;
    private static final byte ENUM_MAP = 5;
    private static final byte EMPTY = 6;
    private static final byte PRESENT = 7;
    private static final byte ASCII = 8;
    private static final byte TEXT = 9;
    private static final byte INT = 10;
    private static final byte LONG = 11;
    private static final byte FALSE = 12;
    private static final byte TRUE = 13;
    private static final byte BYTES = 14;
    private static final byte INTS = 15;
    private static final byte ODD = 16;
    private static final byte AGAIN = 17;
    private static final byte DOUBLE = 18;
    private static final byte CHARACTER = 19;

    /// Records with so many components are looked for among those already written: a headline is one of the attempts.
    private static final int SHARED_COMPONENTS = 8;
    private static final int BLOCK = 256 << 10;

    /// How to take a record apart and put it together.
    private record Shape(int number, Class<?> type, MethodHandle[] parts, MethodHandle maker) {
        boolean shared() {
            return parts.length >= SHARED_COMPONENTS;
        }
    }

    private final FileChannel file;
    private final Map<Class<?>, Shape> shapes = new HashMap<>();
    private final List<Shape> numbered = new ArrayList<>();
    private final Map<Class<?>, Integer> enumNumbers = new HashMap<>();
    private final List<Object[]> enums = new ArrayList<>();
    private final List<Object> odd = new ArrayList<>();

    // written, not yet in the file
    private byte[] block = new byte[2 * BLOCK];
    private int blockLength;
    private long blockStart;
    private final IdentityHashMap<Object, Integer> written = new IdentityHashMap<>();

    // read
    private byte[] bytes = new byte[BLOCK];
    private int at;
    private final List<Object> read = new ArrayList<>();

    /// Opens one where the system keeps temporary files.
    static Shelf open() throws IOException {
        Path path = Files.createTempFile("rdptrace-", ".tmp");
        return new Shelf(FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE));
    }

    private Shelf(FileChannel file) {
        this.file = file;
    }

    /// Puts something away and answers where it is.
    long put(Object what) {
        long place = blockStart + blockLength;
        written.clear();
        int lengthAt = blockLength;
        i32(0);
        write(what);
        ByteBuffer.wrap(block).putInt(lengthAt, blockLength - lengthAt - Integer.BYTES);
        if (blockLength >= BLOCK) {
            flush();
        }
        return place;
    }

    /// Takes it out again; every time a new copy.
    Object get(long place) {
        if (place + Integer.BYTES > blockStart) {
            flush();
        }
        fetch(place, Integer.BYTES);
        int length = ByteBuffer.wrap(bytes).getInt(0);
        fetch(place + Integer.BYTES, length);
        at = 0;
        read.clear();
        return read();
    }

    private void flush() {
        try {
            for (ByteBuffer rest = ByteBuffer.wrap(block, 0, blockLength); rest.hasRemaining(); ) {
                blockStart += file.write(rest, blockStart);
            }
            blockLength = 0;
        } catch (IOException full) {
            throw new UncheckedIOException(full);
        }
    }

    private void fetch(long place, int length) {
        if (bytes.length < length) {
            bytes = new byte[Math.max(length, 2 * bytes.length)];
        }
        try {
            for (ByteBuffer target = ByteBuffer.wrap(bytes, 0, length); target.hasRemaining(); ) {
                if (file.read(target, place + target.position()) < 0) {
                    throw new IOException("the temporary file is shorter than what was written to it");
                }
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    // ---- writing ----

    private void write(Object what) {
        switch (what) {
            case null -> u8(NULL);
            case String text -> text(text);
            case Integer number -> {
                u8(INT);
                i32(number);
            }
            case Long number -> {
                u8(LONG);
                i64(number);
            }
            case Double number -> {
                u8(DOUBLE);
                i64(Double.doubleToRawLongBits(number));
            }
            case Character letter -> {
                u8(CHARACTER);
                i32(letter);
            }
            case Boolean flag -> u8(flag ? TRUE : FALSE);
            case Enum<?> constant -> {
                u8(ENUM);
                enumConstant(constant);
            }
            case Record one -> writeRecord(one);
            case List<?> list -> {
                u8(LIST);
                i32(list.size());
                list.forEach(this::write);
            }
            case EnumMap<?, ?> map -> writeMap(ENUM_MAP, map);
            case Map<?, ?> map -> writeMap(MAP, map);
            case Optional<?> maybe -> {
                u8(maybe.isEmpty() ? EMPTY : PRESENT);
                maybe.ifPresent(this::write);
            }
            case byte[] some -> {
                u8(BYTES);
                i32(some.length);
                room(some.length);
                System.arraycopy(some, 0, block, blockLength, some.length);
                blockLength += some.length;
            }
            case int[] some -> {
                u8(INTS);
                i32(some.length);
                for (int one : some) {
                    i32(one);
                }
            }
            default -> {
                u8(ODD);
                i32(odd.size());
                odd.add(what);
            }
        }
    }

    private void writeMap(byte kind, Map<?, ?> map) {
        u8(map.isEmpty() ? MAP : kind);
        i32(map.size());
        map.forEach((key, value) -> {
            write(key);
            write(value);
        });
    }

    private void writeRecord(Record one) {
        Shape shape = shape(one.getClass());
        if (shape.shared()) {
            Integer before = written.putIfAbsent(one, written.size());
            if (before != null) {
                u8(AGAIN);
                i32(before);
                return;
            }
        }
        u8(RECORD);
        i32(shape.number());
        for (MethodHandle part : shape.parts()) {
            write(part(part, one));
        }
    }

    private static Object part(MethodHandle part, Object of) {
        try {
            return part.invokeExact(of);
        } catch (Throwable broken) {
            throw new IllegalStateException(broken);
        }
    }

    private void text(String text) {
        boolean ascii = true;
        for (int i = 0; i < text.length() && ascii; i++) {
            ascii = text.charAt(i) < 0x80;
        }
        u8(ascii ? ASCII : TEXT);
        i32(text.length());
        if (ascii) {
            room(text.length());
            System.arraycopy(text.getBytes(StandardCharsets.ISO_8859_1), 0, block, blockLength, text.length());
            blockLength += text.length();
            return;
        }
        for (int i = 0; i < text.length(); i++) {
            u8(text.charAt(i) >> 8);
            u8(text.charAt(i));
        }
    }

    private void enumConstant(Enum<?> constant) {
        Class<?> type = constant.getDeclaringClass();
        Integer number = enumNumbers.get(type);
        if (number == null) {
            number = enums.size();
            enumNumbers.put(type, number);
            enums.add(type.getEnumConstants());
        }
        i32(number);
        i32(constant.ordinal());
    }

    private void u8(int value) {
        room(1);
        block[blockLength++] = (byte) value;
    }

    private void i32(int value) {
        room(Integer.BYTES);
        for (int shift = 24; shift >= 0; shift -= 8) {
            block[blockLength++] = (byte) (value >> shift);
        }
    }

    private void i64(long value) {
        i32((int) (value >>> 32));
        i32((int) value);
    }

    private void room(int length) {
        if (blockLength + length > block.length) {
            block = Arrays.copyOf(block, Math.max(block.length * 2, blockLength + length));
        }
    }

    // ---- reading ----

    private Object read() {
        byte kind = bytes[at++];
        return switch (kind) {
            case NULL -> null;
            case RECORD -> readRecord();
            case ENUM -> {
                int type = int32();
                yield enums.get(type)[int32()];
            }
            case LIST -> {
                Object[] all = new Object[int32()];
                for (int i = 0; i < all.length; i++) {
                    all[i] = read();
                }
                yield List.of(all);
            }
            case MAP -> readInto(new LinkedHashMap<>());
            case ENUM_MAP -> readEnumMap();
            case EMPTY -> Optional.empty();
            case PRESENT -> Optional.of(read());
            case ASCII -> {
                int length = int32();
                at += length;
                yield new String(bytes, at - length, length, StandardCharsets.ISO_8859_1);
            }
            case TEXT -> {
                char[] text = new char[int32()];
                for (int i = 0; i < text.length; i++) {
                    text[i] = (char) ((bytes[at++] & 0xff) << 8 | bytes[at++] & 0xff);
                }
                yield new String(text);
            }
            case INT -> int32();
            case LONG -> int64();
            case DOUBLE -> Double.longBitsToDouble(int64());
            case CHARACTER -> (char) int32();
            case FALSE -> false;
            case TRUE -> true;
            case BYTES -> {
                int length = int32();
                at += length;
                yield Arrays.copyOfRange(bytes, at - length, at);
            }
            case INTS -> {
                int[] some = new int[int32()];
                for (int i = 0; i < some.length; i++) {
                    some[i] = int32();
                }
                yield some;
            }
            case ODD -> odd.get(int32());
            case AGAIN -> read.get(int32());
            default -> throw new IllegalStateException("kind " + kind);
        };
    }

    private Object readRecord() {
        Shape shape = numbered.get(int32());
        int mine = read.size();
        if (shape.shared()) {
            read.add(null);
        }
        Object[] parts = new Object[shape.parts().length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = read();
        }
        Object made;
        try {
            made = shape.maker().invokeExact(parts);
        } catch (Throwable broken) {
            throw new IllegalStateException(broken);
        }
        if (shape.shared()) {
            read.set(mine, made);
        }
        return made;
    }

    private Map<Object, Object> readInto(Map<Object, Object> map) {
        for (int left = int32(); left > 0; left--) {
            Object key = read();
            map.put(key, read());
        }
        return map;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the keys are what they were when they were written
    private Object readEnumMap() {
        Map<Object, Object> all = readInto(new LinkedHashMap<>());
        return new EnumMap(all);
    }

    private int int32() {
        at += 4;
        return bytes[at - 4] << 24 | (bytes[at - 3] & 0xff) << 16 | (bytes[at - 2] & 0xff) << 8 | bytes[at - 1] & 0xff;
    }

    private long int64() {
        return (long) int32() << 32 | int32() & 0xffff_ffffL;
    }

    // ---- shapes ----

    private Shape shape(Class<?> type) {
        Shape shape = shapes.get(type);
        if (shape == null) {
            shape = learn(type);
            shapes.put(type, shape);
            numbered.add(shape);
        }
        return shape;
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
            return new Shape(numbered.size(), type, parts, maker);
        } catch (ReflectiveOperationException broken) {
            throw new IllegalStateException(broken);
        }
    }
}
