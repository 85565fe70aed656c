package dev.rdptrace.testkit;

import dev.rdptrace.decrypt.Decrypted;
import dev.rdptrace.decrypt.HandshakeReader;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.decrypt.TlsDecryptor;
import dev.rdptrace.wire.tls.ContentType;

/// Opens one record after the other, with the handshake read as it goes on.
public final class TlsRecords {
    private final TlsDecryptor decryptor;
    private final HandshakeReader handshake;

    public TlsRecords(Secrets secrets) {
        decryptor = new TlsDecryptor(secrets);
        handshake = new HandshakeReader(decryptor::onMessage);
    }

    public Decrypted open(boolean fromClient, int type, int version, byte[] bytes, int offset, int length) {
        Decrypted result = decryptor.onRecord(fromClient, type, version, bytes, offset, length);
        if (result instanceof Decrypted.Clear && type == ContentType.HANDSHAKE) {
            handshake.read(fromClient, bytes, offset, length);
        } else if (result instanceof Decrypted.Plain(int inner, byte[] plain)) {
            if (inner == ContentType.HANDSHAKE) {
                handshake.read(fromClient, plain, 0, plain.length);
            }
        } else {
            handshake.lost(fromClient);
        }
        return result;
    }

    /// @param records how many are missing, or -1
    public void gap(boolean fromClient, int records) {
        decryptor.onGap(fromClient, records);
        handshake.lost(fromClient);
    }
}
