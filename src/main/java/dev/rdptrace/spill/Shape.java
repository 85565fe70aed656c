package dev.rdptrace.spill;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import dev.rdptrace.timeline.Moment;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How the records of one class are taken apart and put together: component by component, each in the [Form] of its type.
///
/// The class that does it is made when the first record is met, as it would be written by hand: there may be a hundred thousand
/// attempts of some hundred numbers each, and to ask each component by a method handle takes twice as long.
final class Shape {
    // what stands before a record; larger: it is one of the constants
    private static final int ABSENT = 0;
    private static final int WRITTEN = 1;
    private static final int CONSTANTS = 2;

    /// What needs no form, by the name of the methods that write and read it.
    private static final Map<Class<?>, String> PLAIN = Map.of(int.class, "int32", long.class, "number", boolean.class, "flag",
            double.class, "real", char.class, "letter", String.class, "text", Moment.class, "moment");

    private static final int ACCESS = ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL;
    private static final ClassDesc PACKER = desc(Packer.class);
    private static final ClassDesc UNPACKER = desc(Unpacker.class);
    private static final ClassDesc WRITER = desc(Form.Writer.class);
    private static final ClassDesc READER = desc(Form.Reader.class);

    /// Takes records of one class apart and makes them.
    interface Hands {
        /// @param writers of the components
        void write(Packer to, Object record, Form.Writer<?>[] writers);

        /// @param readers of the components
        Object read(Unpacker from, Form.Reader<?>[] readers);
    }

    private final Class<?> type;
    private final Forms forms;
    private @Nullable Hands hands; // null until the first record is met, for it may have others of its class in it
    private Object[] constants = {};
    private Form.Writer<?>[] writers = {};
    private Form.Reader<?>[] readers = {};

    Shape(Class<?> type, Forms forms) {
        this.type = type;
        this.forms = forms;
    }

    /// Can it be taken apart here? Only what everybody sees.
    static boolean fits(Class<?> type) {
        return Modifier.isPublic(type.getModifiers()) && Arrays.stream(type.getRecordComponents()).map(RecordComponent::getType)
                .allMatch(part -> part.isPrimitive() ? PLAIN.containsKey(part) : Modifier.isPublic(part.getModifiers()));
    }

    void write(Packer to, @Nullable Object record) {
        if (record == null) {
            to.number(ABSENT);
            return;
        }
        if (hands == null) {
            hands = learn();
        }
        for (int i = 0; i < constants.length; i++) {
            if (record == constants[i]) {
                to.number(CONSTANTS + i);
                return;
            }
        }
        to.number(WRITTEN);
        hands.write(to, record, writers);
    }

    @Nullable
    Object read(Unpacker from) {
        int how = from.int32();
        return how == ABSENT ? null : how == WRITTEN ? Objects.requireNonNull(hands, "was written").read(from, readers)
                : constants[how - CONSTANTS];
    }

    private Hands learn() {
        RecordComponent[] parts = type.getRecordComponents();
        List<Form<Object>> all = Arrays.stream(parts).map(part -> forms.of(part.getGenericType())).toList();
        writers = all.stream().map(Form::writer).toArray(Form.Writer<?>[]::new);
        readers = all.stream().map(Form::reader).toArray(Form.Reader<?>[]::new);
        try {
            constants = constants();
            return (Hands) MethodHandles.lookup().defineHiddenClass(hands(parts), true).lookupClass().getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException broken) {
            throw new IllegalStateException(broken);
        }
    }

    /// Its public constants of its own type, like `NONE`: they are the same again when they come back.
    private Object[] constants() throws IllegalAccessException {
        List<Object> all = new ArrayList<>();
        for (Field field : type.getFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == type) {
                all.add(field.get(null));
            }
        }
        return all.toArray();
    }

    private byte[] hands(RecordComponent[] parts) {
        return ClassFile.of().build(ClassDesc.of(Shape.class.getPackageName(), "Hands"), made -> made
                .withFlags(ACCESS).withInterfaceSymbols(desc(Hands.class))
                .withMethodBody(INIT_NAME, MTD_void, ClassFile.ACC_PUBLIC, code -> code
                        .aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_())
                .withMethodBody("write", MethodTypeDesc.of(CD_void, PACKER, CD_Object, WRITER.arrayType()), ACCESS,
                        code -> write(code, parts))
                .withMethodBody("read", MethodTypeDesc.of(CD_Object, UNPACKER, READER.arrayType()), ACCESS, code -> read(code, parts)));
    }

    // locals: 0 this, 1 packer, 2 record, 3 writers
    private void write(CodeBuilder code, RecordComponent[] parts) {
        code.aload(2).checkcast(desc(type)).astore(2);
        for (int i = 0; i < parts.length; i++) {
            Class<?> part = parts[i].getType();
            String plain = PLAIN.get(part);
            if (plain == null) {
                code.aload(3).loadConstant(i).aaload();
            }
            code.aload(1).aload(2).invokevirtual(desc(type), parts[i].getName(), MethodTypeDesc.of(desc(part)));
            if (plain == null) {
                code.invokeinterface(WRITER, "write", MethodTypeDesc.of(CD_void, PACKER, CD_Object));
            } else {
                code.invokevirtual(PACKER, plain, MethodTypeDesc.of(CD_void, desc(part)));
            }
        }
        code.return_();
    }

    // locals: 0 this, 1 unpacker, 2 readers
    private void read(CodeBuilder code, RecordComponent[] parts) {
        code.new_(desc(type)).dup();
        for (int i = 0; i < parts.length; i++) {
            Class<?> part = parts[i].getType();
            String plain = PLAIN.get(part);
            if (plain == null) {
                code.aload(2).loadConstant(i).aaload().aload(1).invokeinterface(READER, "read", MethodTypeDesc.of(CD_Object, UNPACKER))
                        .checkcast(desc(part));
            } else {
                code.aload(1).invokevirtual(UNPACKER, plain, MethodTypeDesc.of(desc(part)));
            }
        }
        code.invokespecial(desc(type), INIT_NAME, MethodTypeDesc.of(CD_void, Arrays.stream(parts).map(part -> desc(part.getType()))
                .toList())).areturn();
    }

    private static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}
