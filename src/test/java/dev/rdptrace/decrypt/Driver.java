package dev.rdptrace.decrypt;

import dev.rdptrace.testkit.TlsRecords;
import dev.rdptrace.wire.tls.HandshakesInTheClear;
import dev.rdptrace.wire.tls.RecordedStreams;
import dev.rdptrace.wire.tls.TlsRecord;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.TreeMap;

/// Drives a [TlsDecryptor] over a recorded conversation and collects what it opens.
final class Driver {
    final ByteArrayOutputStream client = new ByteArrayOutputStream();
    final ByteArrayOutputStream server = new ByteArrayOutputStream();
    final Map<String, Integer> answers = new TreeMap<>();
    private final TlsRecords tls;
    private final ByteArrayOutputStream[] pending = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
    private final boolean[] started = new boolean[2];
    /// Every record with this number in its direction, counted from 0, is withheld; -1 for none.
    int withheld = -1;
    boolean withheldIsClients;
    private final int[] seen = new int[2];

    Driver(Secrets secrets) {
        tls = new TlsRecords(secrets);
    }

    static Driver over(RecordedStreams.Conversation conversation, Secrets secrets) {
        Driver driver = new Driver(secrets);
        conversation.chunks().forEach(chunk -> driver.accept(chunk.fromClient(), chunk.bytes()));
        return driver;
    }

    int seenFrom(boolean client) {
        return seen[client ? 0 : 1];
    }

    void accept(boolean fromClient, byte[] bytes) {
        int side = fromClient ? 0 : 1;
        pending[side].writeBytes(bytes);
        byte[] all = pending[side].toByteArray();
        int at = 0;
        if (!started[side]) {
            at = HandshakesInTheClear.start(all);
            if (at < 0) {
                return;
            }
            started[side] = true;
        }
        for (int length; (length = TlsRecord.length(all, at, all.length - at)) > 0 && at + length <= all.length; at += length) {
            if (seen[side]++ == withheld && fromClient == withheldIsClients) {
                tls.gap(fromClient, -1);
            } else {
                record(fromClient, all, at, length - TlsRecord.HEADER);
            }
        }
        pending[side].reset();
        pending[side].write(all, at, all.length - at);
    }

    private void record(boolean fromClient, byte[] bytes, int at, int length) {
        int version = bytes[at + 1] << 8 | bytes[at + 2];
        Decrypted answer = tls.open(fromClient, bytes[at], version, bytes, at + TlsRecord.HEADER, length);
        String name = switch (answer) {
            case Decrypted.Clear _ -> "clear";
            case Decrypted.Plain(int type, byte[] plain) -> {
                if (type == 23) {
                    (fromClient ? client : server).writeBytes(plain);
                }
                yield "plain " + type;
            }
            case Decrypted.Unavailable(String reason) -> "unavailable: " + reason;
            case Decrypted.Failed(String reason) -> "failed: " + reason;
        };
        answers.merge(name, 1, Integer::sum);
    }
}
