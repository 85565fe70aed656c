package dev.rdptrace.wire.field;

/// A 32-bit code from the wire that a [CodeTable] may know. An unknown code keeps its number and is no error.
public interface Code {

    int code();

    /// Where its name, meaning and advice stand.
    CodeTable table();

    default boolean isKnown() {
        return table().find(code()).isPresent();
    }

    /// The name in the specification, or the number in hexadecimal.
    default String name() {
        return table().name(code());
    }

    /// What it says, in a sentence; empty when unknown.
    default String meaning() {
        return table().find(code()).map(CodeTable.Entry::meaning).orElse("");
    }

    /// Who must do what; empty when unknown or when there is nothing to do.
    default String advice() {
        return table().find(code()).map(CodeTable.Entry::advice).orElse("");
    }
}
