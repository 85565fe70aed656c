package dev.rdptrace.fuzz;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/// Inputs that fuzzing found to lead where the samples do not, kept in the repository: a fuzzer begins with them, and a test
/// takes them once more. They are inputs for [EveryDecoder#fuzzerTestOneInput], each behind its length, the shortest first.
final class Corpus {
    /// Bytes that it may have in the repository.
    static final int LIMIT = 400_000;
    static final Path FILE = Path.of("src/test/resources/fuzz/corpus.xz");

    private Corpus() {}

    static List<byte[]> kept() {
        List<byte[]> inputs = new ArrayList<>();
        try (DataInputStream in = new DataInputStream(new XZInputStream(new ByteArrayInputStream(Files.readAllBytes(FILE))))) {
            for (int left = in.readInt(); left > 0; left--) {
                inputs.add(in.readNBytes(in.readInt()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return inputs;
    }

    /// Keeps what stands in a folder, without what the samples give anyway; where it is too much, without the longest.
    ///
    /// @param arguments the folder that a fuzzer has merged everything into
    public static void main(String[] arguments) throws IOException {
        Set<ByteBuffer> known = new HashSet<>();
        Seeds.all().forEach(seed -> known.add(ByteBuffer.wrap(seed)));
        List<byte[]> inputs = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of(arguments[0]))) {
            for (Path file : files.toList()) {
                byte[] input = Files.readAllBytes(file);
                if (input.length > 0 && !known.contains(ByteBuffer.wrap(input))) {
                    inputs.add(input);
                }
            }
        }
        inputs.sort(Comparator.<byte[]>comparingInt(input -> input.length).thenComparing(Arrays::compareUnsigned));
        byte[] packed = packed(inputs);
        int found = inputs.size();
        while (packed.length > LIMIT) {
            inputs = inputs.subList(0, inputs.size() * 19 / 20);
            packed = packed(inputs);
        }
        Files.createDirectories(FILE.getParent());
        Files.write(FILE, packed);
        System.out.println(inputs.size() + " of " + found + " inputs kept, " + packed.length + " bytes: " + FILE);
    }

    private static byte[] packed(List<byte[]> inputs) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(new XZOutputStream(bytes, new LZMA2Options()))) {
            out.writeInt(inputs.size());
            for (byte[] input : inputs) {
                out.writeInt(input.length);
                out.write(input);
            }
        }
        return bytes.toByteArray();
    }
}
