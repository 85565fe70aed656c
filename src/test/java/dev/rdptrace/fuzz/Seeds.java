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

    private static byte[] payload(byte[] frame) {
        int ip = frame.length > 54 && frame[12] == 8 ? 34 : frame.length > 74 && frame[12] == (byte) 0x86 ? 54 : -1;
        int at = ip < 0 ? frame.length : ip + ((frame[ip + 12] & 0xf0) >> 2);
        return Arrays.copyOfRange(frame, Math.min(at, frame.length), frame.length);
    }

    /// Inputs for [EveryDecoder#fuzzerTestOneInput]: files, frames, conversations.
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
        return all;
    }

    private static byte[] with(EveryDecoder.Target target, byte[] bytes) {
        return with(EveryDecoder.number(target), bytes);
    }

    private static byte[] with(int target, byte[] bytes) {
        byte[] all = new byte[bytes.length + 1];
        all[0] = (byte) target;
        System.arraycopy(bytes, 0, all, 1, bytes.length);
        return all;
    }

    /// Writes all as files for a fuzzer that wants a folder.
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        List<byte[]> all = wholes();
        for (byte[] message : messages()) {
            EveryDecoder.decoders().filter(target -> message.length < 600 || target > 22).forEach(target -> all.add(with(target, message)));
        }
        for (byte[] one : all) {
            CRC32 crc = new CRC32();
            crc.update(one);
            Files.write(folder.resolve(HexFormat.of().toHexDigits(crc.getValue(), 8) + "-" + one[0]), one);
        }
    }
}
