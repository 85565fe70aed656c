package dev.rdptrace.bytes;

/// Why bytes are not the message they claim to be: which layer and field, where, and what is wrong with it.
///
/// @param layer the message or structure, as its specification names it
/// @param field the field, as its specification names it
/// @param offset bytes from the start of the decoded region
/// @param reason lower case, no full stop, with the value in question
public record DecodeError(String layer, String field, int offset, String reason) {

    @Override
    public String toString() {
        return layer + "." + field + " at byte " + offset + " " + reason;
    }
}
