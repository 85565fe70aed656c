package dev.rdptrace.watch;

import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Recording;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Packets into files as dumpcap writes them: one file, or with limits a row of them, `NAME_00001_20260131093000.pcapng`,
/// of which the oldest is deleted when there are too many.
public final class RingFiles implements AutoCloseable {
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT);
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int BUFFER = 1 << 16;

    private final Path path;
    private final Limits each;
    private final String application;
    private final Supplier<List<InterfaceFacts>> interfaces;
    private final Consumer<String> notices;
    private final Deque<Path> written = new ArrayDeque<>();
    private Recording recording;
    private long began;
    private long packets;
    private int number;
    private long bytesBefore;
    private long allPackets;
    private long lost;
    private boolean broken;
    private boolean pipe;
    private boolean readerGone;
    private long brokenSince;

    /// @param each when to begin the next file and how many to keep
    /// @param interfaces of the capture so far
    public RingFiles(Path path, Limits each, String application, Supplier<List<InterfaceFacts>> interfaces, Consumer<String> notices) {
        this.path = path;
        this.each = each;
        this.application = application;
        this.interfaces = interfaces;
        this.notices = notices;
    }

    /// Opens the first file, so that what is wrong with its name is known before the capture begins.
    public void open() throws IOException {
        pipe = Files.exists(path) && !Files.isRegularFile(path);
        begin();
    }

    /// The other end of the pipe that is written to was closed: there is no point in going on.
    public boolean readerGone() {
        return readerGone;
    }

    /// Writes a packet; what cannot be written is counted, and tried anew with another file a while later.
    public void packet(int network, long nanos, byte[] bytes, int offset, int length, int wireLength, List<String> comments) {
        if (readerGone || broken && System.nanoTime() - brokenSince < RETRY_NANOS) {
            lost++;
            return;
        }
        try {
            if (recording != null && isFull()) {
                finish();
            }
            if (recording == null) {
                begin();
            }
            describe(network);
            recording.packet(network, nanos, bytes, offset, length, wireLength, comments);
            packets++;
            allPackets++;
            if (broken) {
                broken = false;
                notices.accept(path + ": can be written again, " + lost + " packets are missing so far");
            }
        } catch (IOException full) {
            lost++;
            fail(full);
        }
    }

    private void fail(IOException full) {
        if (pipe) {
            recording = null;
            readerGone = true;
            return;
        }
        if (!broken) {
            notices.accept(path + ": cannot be written: " + full.getMessage() + "; the capture goes on without it");
        }
        broken = true;
        brokenSince = System.nanoTime();
        try {
            finish();
        } catch (IOException again) {
            recording = null;
        }
    }

    private boolean isFull() {
        return each.packets() > 0 && packets >= each.packets() || each.bytes() > 0 && recording.size() >= each.bytes()
                || each.seconds() > 0 && System.nanoTime() - began >= TimeUnit.SECONDS.toNanos(each.seconds());
    }

    private void begin() throws IOException {
        Path file = path;
        if (each.endsFiles()) {
            number++;
            String name = String.valueOf(path.getFileName());
            int dot = name.lastIndexOf('.');
            String stem = dot < 1 ? name : name.substring(0, dot);
            String tail = dot < 1 ? "" : name.substring(dot);
            file = path.resolveSibling(String.format(Locale.ROOT, "%s_%05d_%s%s", stem, number, STAMP.format(LocalDateTime.now()), tail));
        } else if (number++ > 0) {
            file = path.resolveSibling(path.getFileName() + "." + number);
        }
        recording = new Recording(new BufferedOutputStream(Files.newOutputStream(file), BUFFER), application, "");
        began = System.nanoTime();
        packets = 0;
        describe(interfaces.get().size() - 1);
        recording.flush();
        written.addLast(file);
        while (each.files() > 0 && written.size() > each.files()) {
            Files.deleteIfExists(written.removeFirst());
        }
    }

    private void describe(int network) throws IOException {
        if (recording.networks() <= network) {
            List<InterfaceFacts> known = interfaces.get();
            for (int i = recording.networks(); i <= network && i < known.size(); i++) {
                recording.network(known.get(i));
            }
        }
    }

    private void finish() throws IOException {
        Recording done = recording;
        recording = null;
        if (done != null) {
            bytesBefore += done.size();
            List<InterfaceFacts> known = interfaces.get();
            for (int i = 0; i < done.networks(); i++) {
                if (known.get(i).received() >= 0) {
                    done.statistics(i, System.currentTimeMillis() * 1_000_000L, known.get(i).received(), known.get(i).dropped());
                }
            }
            done.close();
        }
    }

    /// Hands on what is in memory.
    public void flush() {
        try {
            if (recording != null) {
                recording.flush();
            }
        } catch (IOException full) {
            fail(full);
        }
    }

    /// How many files were begun.
    public int files() {
        return number;
    }

    public long packets() {
        return allPackets;
    }

    /// Bytes of all files.
    public long bytes() {
        return bytesBefore + (recording == null ? 0 : recording.size());
    }

    /// Packets that could not be written.
    public long lost() {
        return lost;
    }

    @Override
    public void close() {
        try {
            finish();
        } catch (IOException full) {
            fail(full);
        }
    }
}
