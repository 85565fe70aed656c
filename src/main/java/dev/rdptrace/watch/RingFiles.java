package dev.rdptrace.watch;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.OwnFile;
import dev.rdptrace.capture.Recording;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Packets into files as dumpcap writes them: one file, or with limits a row of them, `NAME_00001_20260131093000.pcapng`,
/// of which the oldest is deleted when there are too many.
public final class RingFiles implements AutoCloseable {
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT);
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);
    private final Path path;
    private final FileLimits each;
    private final String application;
    private final Supplier<List<InterfaceFacts>> interfaces;
    private final Consumer<String> notices;
    private final Deque<Path> written = new ArrayDeque<>();
    private @Nullable Recording recording;
    private @Nullable WholeBlocks blocks;
    private long began;
    private long packets;
    private int number;
    private int files;
    private long bytesBefore;
    private long allPackets;
    private long lost;
    private boolean broken;
    private boolean pipe;
    private boolean readerGone;
    private long brokenSince;

    /// @param each when to begin the next file and how many to keep
    /// @param interfaces of the capture so far
    public RingFiles(Path path, FileLimits each, String application, Supplier<List<InterfaceFacts>> interfaces, Consumer<String> notices) {
        this.path = path;
        this.each = each;
        this.application = application;
        this.interfaces = interfaces;
        this.notices = notices;
    }

    /// Opens the first file, so that what is wrong with its name is known before the capture begins.
    public void open() throws IOException {
        pipe = isPipe();
        if (each.files() > 0 && each.endsFiles()) {
            written.addAll(ofEarlierRuns());
        }
        begin();
    }

    /// It is opened once, and never another beside it.
    public boolean isPipe() {
        return Files.exists(path) && !Files.isRegularFile(path);
    }

    /// What this ring has left behind, oldest first. It is started again and again, and the disk does not grow with it.
    private List<Path> ofEarlierRuns() throws IOException {
        Pattern own = Pattern.compile(Pattern.quote(stem()) + "_(\\d{5,9})_(\\d{14})" + Pattern.quote(ending()));
        record Old(Path file, String stamp, FileTime changed, int number) {}
        List<Old> found = new ArrayList<>();
        Path folder = path.getParent() == null ? Path.of("") : path.getParent();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path file : all) {
                Matcher name = own.matcher(String.valueOf(file.getFileName()));
                if (name.matches() && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    found.add(new Old(path.resolveSibling(file.getFileName()), name.group(2), Files.getLastModifiedTime(file),
                            Integer.parseInt(name.group(1))));
                }
            }
        } catch (DirectoryIteratorException broken) {
            throw broken.getCause();
        }
        found.sort(Comparator.comparing(Old::stamp).thenComparing(Old::changed).thenComparingInt(Old::number));
        return found.stream().map(Old::file).toList();
    }

    private String stem() {
        String name = String.valueOf(path.getFileName());
        int dot = name.lastIndexOf('.');
        return dot < 1 ? name : name.substring(0, dot);
    }

    /// With its dot.
    private String ending() {
        return String.valueOf(path.getFileName()).substring(stem().length());
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
            Recording to = recording;
            if (to != null && isFull(to)) {
                finish();
                to = null;
            }
            if (to == null) {
                to = begin();
            }
            describe(network, to);
            to.packet(network, nanos, bytes, offset, length, wireLength, comments);
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
        countLost();
        if (pipe) {
            recording = null;
            readerGone = true;
            return;
        }
        if (!broken) {
            notices.accept(path + ": cannot be written: " + Errors.message(full) + "; the capture goes on without it");
        }
        broken = true;
        brokenSince = System.nanoTime();
        try {
            finish();
        } catch (IOException again) {
            recording = null;
        }
        countLost();
    }

    /// What was in memory when it could not be written.
    private void countLost() {
        long more = blocks == null ? 0 : blocks.takeLost();
        lost += more;
        allPackets -= more;
    }

    private boolean isFull(Recording recording) {
        return each.packets() > 0 && packets >= each.packets() || each.bytes() > 0 && recording.size() >= each.bytes()
                || each.seconds() > 0 && System.nanoTime() - began >= TimeUnit.SECONDS.toNanos(each.seconds());
    }

    private Recording begin() throws IOException {
        Path file = path;
        if (each.endsFiles()) {
            String stamp = STAMP.format(LocalDateTime.now(ZoneId.systemDefault()));
            do {
                number++;
                file = path.resolveSibling(String.format(Locale.ROOT, "%s_%05d_%s%s", stem(), number, stamp, ending()));
            } while (written.contains(file));
        } else if (number++ > 0) {
            file = path.resolveSibling(path.getFileName() + "." + number);
        }
        WholeBlocks to = new WholeBlocks(OwnFile.create(file), file);
        blocks = to;
        written.addLast(file);
        Recording begun;
        try {
            begun = new Recording(to, application, "");
            recording = begun;
            began = System.nanoTime();
            packets = 0;
            describe(interfaces.get().size() - 1, begun);
            begun.flush();
        } catch (IOException full) {
            if (number > 1) {
                discard(to, written.removeLast());
            }
            throw full;
        }
        files++;
        while (each.files() > 0 && written.size() > each.files()) {
            Files.deleteIfExists(written.removeFirst());
        }
        return begun;
    }

    private void discard(WholeBlocks blocks, Path file) throws IOException {
        recording = null;
        try {
            blocks.close();
        } catch (IOException full) {
            // Nothing of it is wanted.
        }
        Files.deleteIfExists(file);
    }

    private void describe(int network, Recording recording) throws IOException {
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
            try (done) {
                List<InterfaceFacts> known = interfaces.get();
                for (int i = 0; i < done.networks(); i++) {
                    if (known.get(i).received() >= 0) {
                        done.statistics(i, System.currentTimeMillis() * 1_000_000L, known.get(i).received(), known.get(i).dropped());
                    }
                }
            } finally {
                bytesBefore += blocks == null ? 0 : blocks.size();
            }
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
        return files;
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
