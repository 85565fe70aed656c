package dev.rdptrace.testkit;

import dev.rdptrace.decrypt.Decrypted;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.RecordedStreams;
import dev.rdptrace.wire.tls.TlsRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What the peers of a sample with keys said inside TLS, to be said again under other circumstances.
public record SaidInTls(boolean byClient, byte[] plain) {

    /// @param sample its name
    public static List<SaidInTls> of(String sample) {
        Path folder = Path.of("samples").resolve(sample);
        KeyLog keys = new KeyLog();
        try {
            keys.add(Files.readAllBytes(folder.resolve("keys.log")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        TlsRecords tls = new TlsRecords(new Secrets(keys));
        List<SaidInTls> said = new ArrayList<>();
        byte[][] pending = new byte[2][0];
        // Request and confirm of X.224 come first.
        for (RecordedStreams.Chunk chunk : RecordedStreams.of(folder.resolve("capture.pcapng")).getFirst().chunks().stream().skip(2)
                .toList()) {
            int side = chunk.fromClient() ? 0 : 1;
            byte[] all = DerBytes.join(pending[side], chunk.bytes());
            int at = 0;
            for (int length; (length = TlsRecord.length(all, at, all.length - at)) > 0 && at + length <= all.length; at += length) {
                int version = all[at + 1] << 8 | all[at + 2];
                if (tls.open(chunk.fromClient(), all[at], version, all, at + TlsRecord.HEADER,
                        length - TlsRecord.HEADER) instanceof Decrypted.Plain(int type, byte[] plain)
                        && type == ContentType.APPLICATION_DATA) {
                    said.add(new SaidInTls(chunk.fromClient(), plain));
                }
            }
            pending[side] = Arrays.copyOfRange(all, at, all.length);
        }
        return said;
    }
}
