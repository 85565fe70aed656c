package dev.rdptrace.watch;

import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// Writes more than there is room for, as a process of its own, and says how much of it was lost.
final class FullDisk {
    static final int LINES = 400;
    static final int PACKETS = 2500;
    static final int LARGE_PACKETS = 10;

    private FullDisk() {}

    /// @param arguments a folder
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        long lines;
        try (LineFile log = new LineFile(folder.resolve("log.ndjson"), 1 << 30, 3, _ -> {})) {
            log.open();
            for (int i = 0; i < LINES; i++) {
                log.write(("{\"number\":" + i + ",\"text\":\"" + "x".repeat(900) + "\"}\n").getBytes(StandardCharsets.UTF_8));
            }
            lines = log.lost();
        }
        System.out.println(lines + " " + packets(folder.resolve("all.pcapng"), PACKETS, 100) + " "
                + packets(folder.resolve("large.pcapng"), LARGE_PACKETS, 70_000));
    }

    private static long packets(Path file, int count, int length) throws IOException {
        RingFiles files = new RingFiles(file, FileLimits.NONE, "test",
                () -> List.of(new InterfaceFacts(1, "eth0", 262_144, "tcp", 10, 0)), _ -> {});
        files.open();
        for (int i = 0; i < count; i++) {
            files.packet(0, i, new byte[length], 0, length, length, List.of());
        }
        files.close();
        if (files.packets() + files.lost() != count) {
            throw new IllegalStateException(files.packets() + " + " + files.lost() + " of " + count);
        }
        return files.lost();
    }
}
