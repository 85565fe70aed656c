package dev.rdptrace.fuzz;

import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;

/// Where fuzzing begins: payloads, frames, conversations and files of the samples.
final class Seeds {
    private Seeds() {}

    /// Payloads of every TCP segment, whole and without their TPKT, TLS and handshake headers.
    static List<byte[]> messages() {
        List<byte[]> all = new ArrayList<>();
        for (String name : Samples.names()) {
            for (Tape.Shot shot : Samples.tape(name).shots()) {
                byte[] payload = payload(shot.bytes());
                for (int header : new int[] {0, 4, 5, 7, 9}) {
                    if (payload.length > header) {
                        all.add(Arrays.copyOfRange(payload, header, payload.length));
                    }
                }
            }
        }
        return all;
    }

    static byte[] payload(byte[] frame) {
        int ip = frame.length > 54 && frame[12] == 8 ? 34 : frame.length > 74 && frame[12] == (byte) 0x86 ? 54 : -1;
        int at = ip < 0 ? frame.length : ip + ((frame[ip + 12] & 0xf0) >> 2);
        return Arrays.copyOfRange(frame, Math.min(at, frame.length), frame.length);
    }

    /// Inputs for [EveryDecoder#fuzzerTestOneInput]: files, frames, conversations, those inside TLS.
    static List<byte[]> wholes() {
        List<byte[]> all = new ArrayList<>();
        for (String name : Samples.names()) {
            try {
                all.add(with(EveryDecoder.FILE, Files.readAllBytes(Samples.file(name))));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            ByteArrayOutputStream dialogue = new ByteArrayOutputStream();
            for (Tape.Shot shot : Samples.tape(name).shots()) {
                byte[] frame = new byte[shot.bytes().length + 1];
                frame[0] = (byte) shot.linkType();
                System.arraycopy(shot.bytes(), 0, frame, 1, shot.bytes().length);
                all.add(with(EveryDecoder.FRAME, frame));
                byte[] payload = payload(shot.bytes());
                if (payload.length > 0) {
                    boolean client = shot.bytes()[36] == 13 && shot.bytes()[37] == 61;
                    dialogue.write(client ? 0 : 1);
                    dialogue.write(payload.length >> 8);
                    dialogue.write(payload.length);
                    dialogue.writeBytes(payload);
                }
            }
            all.add(with(EveryDecoder.DIALOGUE, dialogue.toByteArray()));
        }
        BehindTls.seeds().forEach(said -> all.add(with(EveryDecoder.BEHIND_TLS, said)));
        return all;
    }

    private static byte[] with(EveryDecoder.Named target, byte[] bytes) {
        return with(EveryDecoder.number(target), bytes);
    }

    private static byte[] with(int target, byte[] bytes) {
        byte[] all = new byte[bytes.length + 1];
        all[0] = (byte) target;
        System.arraycopy(bytes, 0, all, 1, bytes.length);
        return all;
    }

    /// All, of every target.
    static List<byte[]> all() {
        List<byte[]> all = wholes();
        for (byte[] message : messages()) {
            EveryDecoder.decoders().filter(target -> message.length < 600 || target > EveryDecoder.ofName("client-hello"))
                    .forEach(target -> all.add(with(target, message)));
        }
        return all;
    }

    /// Writes for a fuzzer that wants folders: all into `seeds`, what was kept of earlier runs into `corpus`.
    ///
    /// @param arguments where, and the name of a target if it is not about all
    public static void main(String[] arguments) throws IOException {
        int only = EveryDecoder.ofName(arguments.length < 2 ? "" : arguments[1]);
        write(Path.of(arguments[0], "seeds"), all(), only);
        write(Path.of(arguments[0], "corpus"), Corpus.kept(), only);
    }

    private static void write(Path folder, List<byte[]> inputs, int only) throws IOException {
        Files.createDirectories(folder);
        for (byte[] one : inputs) {
            if (only < 0 || only == (one[0] & 0xff) % EveryDecoder.TARGETS.size()) {
                CRC32 crc = new CRC32();
                crc.update(one);
                Files.write(folder.resolve(HexFormat.of().toHexDigits(crc.getValue(), 8) + "-" + one[0]), one);
            }
        }
    }
}
