package dev.rdptrace.mutants;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.constant.ConstantDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/// One mistake in one method: the condition of a jump turned round, or at its boundary, or a number half as large again.
///
/// @param place of the instruction among the elements of the method's code
/// @param line in the source
record Mutation(String method, String descriptor, int place, int line, String what, BiConsumer<CodeBuilder, CodeElement> instead) {
    private static final Map<Opcode, Opcode> AT_THE_BOUNDARY = Map.of(Opcode.IFLT, Opcode.IFLE, Opcode.IFLE, Opcode.IFLT, Opcode.IFGT,
            Opcode.IFGE, Opcode.IFGE, Opcode.IFGT, Opcode.IF_ICMPLT, Opcode.IF_ICMPLE, Opcode.IF_ICMPLE, Opcode.IF_ICMPLT,
            Opcode.IF_ICMPGT, Opcode.IF_ICMPGE, Opcode.IF_ICMPGE, Opcode.IF_ICMPGT);
    private static final Map<Opcode, Opcode> TURNED_ROUND = Map.ofEntries(Map.entry(Opcode.IFEQ, Opcode.IFNE),
            Map.entry(Opcode.IFNE, Opcode.IFEQ), Map.entry(Opcode.IFLT, Opcode.IFGE), Map.entry(Opcode.IFGE, Opcode.IFLT),
            Map.entry(Opcode.IFGT, Opcode.IFLE), Map.entry(Opcode.IFLE, Opcode.IFGT), Map.entry(Opcode.IF_ICMPEQ, Opcode.IF_ICMPNE),
            Map.entry(Opcode.IF_ICMPNE, Opcode.IF_ICMPEQ), Map.entry(Opcode.IF_ICMPLT, Opcode.IF_ICMPGE),
            Map.entry(Opcode.IF_ICMPGE, Opcode.IF_ICMPLT), Map.entry(Opcode.IF_ICMPGT, Opcode.IF_ICMPLE),
            Map.entry(Opcode.IF_ICMPLE, Opcode.IF_ICMPGT), Map.entry(Opcode.IF_ACMPEQ, Opcode.IF_ACMPNE),
            Map.entry(Opcode.IF_ACMPNE, Opcode.IF_ACMPEQ));

    /// All that can be planted into a class.
    static List<Mutation> of(byte[] bytes) {
        List<Mutation> all = new ArrayList<>();
        for (MethodModel method : ClassFile.of().parse(bytes).methods()) {
            Optional<CodeModel> code = method.code();
            String name = method.methodName().stringValue();
            if (code.isPresent() && !name.equals("<clinit>") && !name.equals("hashCode") && !name.equals("toString")) {
                of(method, code.get(), all);
            }
        }
        return all;
    }

    private static void of(MethodModel method, CodeModel code, List<Mutation> all) {
        String name = method.methodName().stringValue();
        String descriptor = method.methodType().stringValue();
        int place = 0;
        int line = 0;
        for (CodeElement element : code) {
            switch (element) {
                case LineNumber number -> line = number.line();
                case BranchInstruction jump -> {
                    plant(all, name, descriptor, place, line, "turned round", TURNED_ROUND.get(jump.opcode()));
                    plant(all, name, descriptor, place, line, "at its boundary", AT_THE_BOUNDARY.get(jump.opcode()));
                }
                case ConstantInstruction constant -> {
                    ConstantDesc larger = larger(constant.constantValue());
                    if (larger != null) {
                        all.add(new Mutation(name, descriptor, place, line, constant.constantValue() + " made " + larger,
                                (builder, _) -> builder.loadConstant(larger)));
                    }
                }
                default -> {}
            }
            place++;
        }
    }

    private static void plant(List<Mutation> all, String name, String descriptor, int place, int line, String what, Opcode instead) {
        if (instead != null) {
            all.add(new Mutation(name, descriptor, place, line, what,
                    (builder, jump) -> builder.with(BranchInstruction.of(instead, ((BranchInstruction) jump).target()))));
        }
    }

    /// 0 and 1 are booleans as a rule.
    private static ConstantDesc larger(ConstantDesc value) {
        return switch (value) {
            case Integer i when Math.abs(i) > 1 && Math.abs(i) < 1 << 28 -> i + i / 2;
            case Long l when Math.abs(l) > 1 && Math.abs(l) < 1L << 60 -> l + l / 2;
            case Double d when d != 0 -> d * 1.5;
            case null, default -> null;
        };
    }

    /// The class with this mistake in it.
    byte[] in(byte[] bytes) {
        ClassFile file = ClassFile.of();
        ClassModel model = file.parse(bytes);
        ClassTransform plant = ClassTransform.transformingMethodBodies(
                m -> m.methodName().stringValue().equals(method) && m.methodType().stringValue().equals(descriptor),
                CodeTransform.ofStateful(() -> {
                    int[] at = {0};
                    return (builder, element) -> {
                        if (at[0]++ == place) {
                            instead.accept(builder, element);
                        } else {
                            builder.with(element);
                        }
                    };
                }));
        return file.transformClass(model, plant);
    }
}
