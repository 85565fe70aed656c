package dev.rdptrace.decrypt;

/// What became of one TLS record.
public sealed interface Decrypted {

    /// It was never encrypted; read it where it is.
    record Clear() implements Decrypted {}

    /// Opened and proven genuine.
    ///
    /// @param innerType the real content type, which TLS 1.3 hides
    record Plain(int innerType, byte[] bytes) implements Decrypted {}

    /// No key for it, or the handshake that says how to use the key was not seen.
    record Unavailable(String reason) implements Decrypted {}

    /// There is a key, but the record does not open with it: the wrong key, a damaged record, or too much was lost.
    record Failed(String reason) implements Decrypted {}
}
